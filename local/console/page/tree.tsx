/** JSON as a tree, of which only what was opened is drawn: megabytes of it open at once. */
import { useEffect, useRef, useState } from 'preact/hooks';

interface TreeProps {
  readonly value: unknown;
  /** So many levels are open at first. */
  readonly openDepth: number;
  /** What is to be shown: it is opened and scrolled to. */
  readonly target?: readonly string[] | undefined;
}

/** A level of more is drawn in pieces. */
const PIECE = 100;

/** Drawn on each side of what is shown far down. */
const NEIGHBOURS = 10;

/** A longer text is cut until somebody wants the rest. */
const MAX_TEXT = 300;

export function Tree({ value, openDepth, target }: TreeProps) {
  return (
    <ul class="tree">
      {isBranch(value) ? (
        <Level value={value} path={[]} openDepth={openDepth} target={target} />
      ) : (
        <li>
          <Leaf value={value} />
        </li>
      )}
    </ul>
  );
}

interface LevelProps extends Pick<TreeProps, 'openDepth' | 'target'> {
  readonly value: object;
  readonly path: readonly string[];
}

function Level({ value, path, openDepth, target }: LevelProps) {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
  const [limit, setLimit] = useState(PIECE);
  const wanted = target === undefined ? -1 : fields.findIndex(([name]) => name === target[path.length]);
  // What is far down is drawn with its neighbours, and without the thousands before it.
  const from = Math.max(limit, wanted - NEIGHBOURS);
  const near = wanted >= limit ? fields.slice(from, wanted + NEIGHBOURS) : [];
  const rest = fields.length - limit - near.length;
  const isList = Array.isArray(value);
  const draw = ([name, field]: readonly [string, unknown]) => (
    <Field
      key={name}
      name={name}
      isIndex={isList}
      value={field}
      path={[...path, name]}
      openDepth={openDepth}
      target={target?.[path.length] === name ? target : undefined}
    />
  );
  return (
    <>
      {fields.slice(0, limit).map(draw)}
      {near.length > 0 && <li class="quiet">…</li>}
      {near.map(draw)}
      {rest > 0 && (
        <li>
          <button type="button" class="plain inline" onClick={() => setLimit(limit + PIECE)}>
            {rest} more
          </button>
        </li>
      )}
      {fields.length === 0 && <li class="quiet">{isList ? 'an empty list' : 'an empty object'}</li>}
    </>
  );
}

interface FieldProps extends LevelProps {
  readonly name: string;
  readonly isIndex: boolean;
}

function Field({
  name,
  isIndex,
  value,
  path,
  openDepth,
  target,
}: Omit<FieldProps, 'value'> & { value: unknown }) {
  const isTarget = target !== undefined && target.length === path.length;
  const isOnWay = target !== undefined && target.length > path.length;
  const [isOpen, setOpen] = useState(openDepth > path.length);
  const place = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isOnWay) setOpen(true);
    if (isTarget) place.current?.scrollIntoView({ block: 'center' });
  }, [target]);
  const label = <span class={isIndex ? 'index' : 'name'}>{name}</span>;
  if (!isBranch(value)) {
    return (
      <li ref={place} class={isTarget ? 'target' : undefined}>
        {label}
        <Leaf value={value} />
      </li>
    );
  }
  return (
    <li ref={place} class={isTarget ? 'target' : undefined}>
      <button type="button" class="branch" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {label}
        <span class="count">{describe(value)}</span>
      </button>
      {isOpen && (
        <ul>
          <Level value={value} path={path} openDepth={openDepth} target={target} />
        </ul>
      )}
    </li>
  );
}

function Leaf({ value }: { readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== 'string') return <span class={`value ${typeof value}`}>{String(value)}</span>;
  const isCut = !isWhole && value.length > MAX_TEXT;
  return (
    <span class="value string">
      {JSON.stringify(isCut ? value.slice(0, MAX_TEXT) : value)}
      {isCut && (
        <button type="button" class="plain inline" onClick={() => setWhole(true)}>
          {value.length - MAX_TEXT} characters more
        </button>
      )}
    </span>
  );
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function describe(value: object): string {
  const count = Object.keys(value).length;
  return Array.isArray(value) ? `[${count}]` : `{${count}}`;
}
