/** The deliveries, the newest on top. Only those in sight are drawn, however many there are. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Summary } from '../messages.ts';
import { move } from './actions.ts';
import { toDuration, toTime, toTone } from './format.ts';
import { openKey, shown } from './store.ts';

/** As in the style sheet. */
const ROW_HEIGHT = 54;

/** Drawn beyond the edges, so that fast scrolling shows no gap. */
const MARGIN = 8;

export function DeliveryList() {
  const list = shown.value;
  const pane = useRef<HTMLDivElement>(null);
  const { top, height, onScroll } = useSight(pane);
  useSteadySight(pane, list);
  useOpenInSight(pane, list);

  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - MARGIN);
  const last = Math.min(list.length, Math.ceil((top + height) / ROW_HEIGHT) + MARGIN);
  const drawn = list.slice(first, last);
  const hasOpen = drawn.some(({ key }) => key === openKey.value);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    move(event.key === 'ArrowDown' ? 1 : -1);
    requestAnimationFrame(() => pane.current?.querySelector<HTMLElement>('[aria-current]')?.focus());
  };

  return (
    <div class="scroll" ref={pane} onScroll={onScroll} hidden={list.length === 0}>
      <ul
        role="list"
        aria-label="Deliveries"
        class="deliveries"
        style={{ height: `${list.length * ROW_HEIGHT}px` }}
        onKeyDown={onKeyDown}
      >
        {drawn.map((summary, index) => (
          <Row
            key={summary.key}
            summary={summary}
            place={first + index}
            count={list.length}
            isTabbable={hasOpen ? summary.key === openKey.value : index === Math.min(MARGIN, first)}
          />
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  readonly summary: Summary;
  /** From 0. */
  readonly place: number;
  readonly count: number;
  readonly isTabbable: boolean;
}

function Row({ summary, place, count, isTabbable }: RowProps) {
  const { key, title, subject, sender, outcome, status, at, durationMs, fixture, replayOf, edited } = summary;
  const { tone, sign } = toTone(outcome);
  const isOpen = openKey.value === key;
  const origin = edited
    ? 'edited'
    : replayOf === undefined
      ? fixture === undefined
        ? ''
        : 'fixture'
      : 'replay';
  return (
    <li
      class="delivery"
      style={{ transform: `translateY(${place * ROW_HEIGHT}px)` }}
      aria-setsize={count}
      aria-posinset={place + 1}
    >
      <a
        href={`#/deliveries/${key}`}
        aria-current={isOpen ? 'true' : undefined}
        tabIndex={isTabbable ? 0 : -1}
      >
        <span class={`sign ${tone}`} aria-hidden="true">
          {sign}
        </span>
        <span class="what">{title}</span>
        <time dateTime={at}>{toTime(at)}</time>
        <span class="about">
          {subject}
          {sender !== '' && <span class="who"> by {sender}</span>}
        </span>
        <span class="end">
          {origin !== '' && <span class="origin">{origin}</span>}
          <span class={tone}>{outcome}</span>
          <span class="took">{status === 0 ? '' : toDuration(durationMs)}</span>
        </span>
      </a>
    </li>
  );
}

function useSight(pane: { readonly current: HTMLDivElement | null }) {
  const [sight, setSight] = useState({ top: 0, height: 800 });
  const look = (): void => {
    const { current } = pane;
    if (current !== null) setSight({ top: current.scrollTop, height: current.clientHeight });
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    if (pane.current !== null) observer.observe(pane.current);
    return () => observer.disconnect();
  }, []);
  return { ...sight, onScroll: look };
}

/** What is being read stays where it is while others come above it. */
function useSteadySight(pane: { readonly current: HTMLDivElement | null }, list: readonly Summary[]): void {
  const top = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    const { current } = pane;
    const before = top.current;
    top.current = list[0]?.key;
    if (current === null || before === undefined || current.scrollTop < ROW_HEIGHT) return;
    const added = list.findIndex(({ key }) => key === before);
    if (added > 0) current.scrollTop += added * ROW_HEIGHT;
  }, [list]);
}

function useOpenInSight(pane: { readonly current: HTMLDivElement | null }, list: readonly Summary[]): void {
  const { value: key } = openKey;
  useEffect(() => {
    const { current } = pane;
    const place = list.findIndex((each) => each.key === key);
    if (current === null || place === -1) return;
    const top = place * ROW_HEIGHT;
    if (top < current.scrollTop) current.scrollTop = top;
    else if (top + ROW_HEIGHT > current.scrollTop + current.clientHeight)
      current.scrollTop = top + ROW_HEIGHT - current.clientHeight;
  }, [key]);
}
