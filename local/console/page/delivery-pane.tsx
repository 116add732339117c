/** The delivery that is open: its head with the buttons, and the panel that is chosen. */
import { useEffect, useState } from 'preact/hooks';
import type { Detail, Summary } from '../messages.ts';
import { replay, show } from './actions.ts';
import { read } from './ask.ts';
import { DifferencePanel } from './difference-panel.tsx';
import { toDuration, toSize, toTone, toWholeTime } from './format.ts';
import { HeadersPanel, RawPanel } from './message-panels.tsx';
import { PayloadPanel } from './payload-panel.tsx';
import { deliveries, open, openKey, panel, type Panel } from './store.ts';
import { Timeline } from './timeline.tsx';

const PANELS: readonly (readonly [Panel, string])[] = [
  ['timeline', 'Timeline'],
  ['payload', 'Payload'],
  ['headers', 'Headers'],
  ['raw', 'Raw'],
  ['difference', 'Difference'],
];

export function DeliveryPane() {
  const summary = open.value;
  const detail = useDetail(summary);
  if (summary === undefined) {
    return (
      <section class="pane" aria-label="Delivery">
        <p class="empty middle">
          {openKey.value === undefined || deliveries.value.length === 0
            ? 'Choose a delivery to see its way, or press j.'
            : 'This delivery is no longer kept.'}
        </p>
      </section>
    );
  }
  return (
    <section class="pane" aria-label="Delivery">
      <Head summary={summary} handlers={detail?.knownHandlers ?? []} />
      <div class="tabs" role="tablist" aria-label="About this delivery">
        {PANELS.map(([name, title]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={panel.value === name}
            aria-controls="panel"
            class="tab"
            tabIndex={panel.value === name ? 0 : -1}
            onClick={() => (panel.value = name)}
            onKeyDown={chooseByArrow}
          >
            {title}
          </button>
        ))}
      </div>
      <div class="panel" id="panel" role="tabpanel" aria-labelledby={`tab-${panel.value}`} tabIndex={0}>
        {detail === undefined ? <p class="empty">…</p> : <Content detail={detail} />}
      </div>
    </section>
  );
}

function Content({ detail }: { readonly detail: Detail }) {
  switch (panel.value) {
    case 'timeline':
      return <Timeline detail={detail} />;
    case 'payload':
      return <PayloadPanel key={detail.summary.key} delivery={detail.summary.key} />;
    case 'headers':
      return <HeadersPanel detail={detail} />;
    case 'raw':
      return <RawPanel key={detail.summary.key} detail={detail} />;
    case 'difference':
      return <DifferencePanel key={detail.summary.key} delivery={detail.summary.key} />;
  }
}

interface HeadProps {
  readonly summary: Summary;
  readonly handlers: readonly string[];
}

function Head({ summary, handlers }: HeadProps) {
  const { title, subject, sender, id, outcome, status, at, durationMs, bytes } = summary;
  const { tone, sign } = toTone(outcome);
  return (
    <div class="head">
      <button type="button" class="back plain" onClick={() => (openKey.value = undefined)}>
        ← Deliveries
      </button>
      <div class="title">
        <h2>{title}</h2>
        <span class={`badge ${tone}`}>
          <span aria-hidden="true">{sign}</span> {status === 0 ? outcome : `${status} ${outcome}`}
        </span>
      </div>
      <p class="facts">
        {subject !== '' && <strong>{subject}</strong>}
        {sender !== '' && <span>by {sender}</span>}
        <time dateTime={at}>{toWholeTime(at)}</time>
        <span>{toDuration(durationMs)}</span>
        <span>{toSize(bytes)}</span>
        <code>{id === '' ? 'no delivery id' : id}</code>
      </p>
      <div class="actions">
        <div class="split">
          <button type="button" class="main" onClick={() => void replay(summary)}>
            Replay
          </button>
          {handlers.length > 0 && <ReplayMenu summary={summary} handlers={handlers} />}
        </div>
        <button type="button" onClick={() => show('edit')}>
          Edit and send
        </button>
        <button type="button" onClick={() => show('fixture')}>
          Save as fixture
        </button>
      </div>
    </div>
  );
}

function ReplayMenu({ summary, handlers }: HeadProps) {
  const choose = (event: MouseEvent, handler: string): void => {
    if (event.currentTarget instanceof HTMLElement)
      event.currentTarget.closest('details')?.removeAttribute('open');
    void replay(summary, handler);
  };
  return (
    <details class="menu">
      <summary aria-label="Replay to one handler" title="Replay to one handler">
        ▾
      </summary>
      <ul aria-label="Handlers">
        {handlers.map((handler) => (
          <li key={handler}>
            <button type="button" class="plain" onClick={(event) => choose(event, handler)}>
              Replay to {handler}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function chooseByArrow(event: KeyboardEvent): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (step === 0) return;
  const at = PANELS.findIndex(([name]) => name === panel.value);
  const next = PANELS[(at + step + PANELS.length) % PANELS.length]?.[0];
  if (next === undefined) return;
  panel.value = next;
  document.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
}

/** Asked for anew whenever something became of the delivery. */
function useDetail(summary: Summary | undefined): Detail | undefined {
  const [detail, setDetail] = useState<Detail>();
  const key = summary?.key;
  useEffect(() => {
    if (key === undefined) return undefined;
    let isWanted = true;
    void read<Detail>(`/api/deliveries/${key}`).then(
      (loaded) => isWanted && setDetail(loaded),
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [summary]);
  return detail?.summary.key === key ? detail : undefined;
}
