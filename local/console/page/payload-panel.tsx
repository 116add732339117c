/** The payload as a tree that can be searched. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { formatJson } from '../format-json.ts';
import { readText } from './ask.ts';
import { type Hit, parsePayload, searchPayload } from './payload.ts';
import { tell } from './store.ts';
import { Tree } from './tree.tsx';

export function PayloadPanel({ delivery }: { readonly delivery: number }) {
  const text = usePayload(delivery);
  const payload = useMemo(() => (text === undefined ? undefined : parsePayload(text)), [text]);
  const [wanted, setWanted] = useState('');
  const [target, setTarget] = useState<readonly string[]>();
  const hits = useMemo(() => searchPayload(payload, wanted), [payload, wanted]);
  if (text === undefined) return <p class="empty">…</p>;
  if (payload === undefined)
    return <p class="empty">There is no payload that is a JSON object. Look at Raw.</p>;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(formatJson(text));
    tell('Copied');
  };
  return (
    <>
      <div class="tools">
        <input
          type="search"
          aria-label="Search the payload"
          placeholder="Search names and values"
          value={wanted}
          spellcheck={false}
          onInput={({ currentTarget }) => setWanted(currentTarget.value)}
        />
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
      </div>
      {wanted.trim() !== '' && <Hits hits={hits} onChoose={setTarget} />}
      <Tree value={payload} openDepth={1} target={target} />
    </>
  );
}

interface HitsProps {
  readonly hits: { readonly found: readonly Hit[]; readonly more: boolean };
  readonly onChoose: (path: readonly string[]) => void;
}

function Hits({ hits: { found, more }, onChoose }: HitsProps) {
  return (
    <section class="hits" aria-label="Found in the payload">
      <p class="quiet" role="status">
        {found.length === 0 ? 'Nothing is like that.' : `${found.length}${more ? ' and more' : ''} found`}
      </p>
      <ul>
        {found.map(({ path, value }) => (
          <li key={path.join('.')}>
            <button type="button" class="plain inline" onClick={() => onChoose([...path])}>
              <span class="name">{path.join('.')}</span> <span class="value">{value}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function usePayload(delivery: number): string | undefined {
  const [text, setText] = useState<string>();
  useEffect(() => {
    void readText(`/api/deliveries/${delivery}/payload`).then(setText, () => setText(''));
  }, [delivery]);
  return text;
}
