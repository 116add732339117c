/** What stands in for AWS on this machine: ledger, queue, dead letters, sweep. */
import { useState } from 'preact/hooks';
import type { DeadLetterView, LedgerView, LocalView as Local } from '../messages.ts';
import { attempt } from './actions.ts';
import { change } from './ask.ts';
import { toTime, toTone, toWholeTime } from './format.ts';
import { deliveries } from './store.ts';
import { useFresh } from './use-fresh.ts';

export function LocalView() {
  const [changes, setChanges] = useState(0);
  const local = useFresh('/api/local', changes);
  const act = (path: string, done: string, body: object = {}): void => {
    void attempt(async () => {
      await change(path, body);
      setChanges((count) => count + 1);
      return done;
    });
  };
  return (
    <main class="page">
      <h2>Ledger &amp; queue</h2>
      {local === undefined ? <p class="empty">…</p> : <Parts local={local} act={act} />}
    </main>
  );
}

interface PartsProps {
  readonly local: Local;
  readonly act: (path: string, done: string, body?: object) => void;
}

function Parts({ local, act }: PartsProps) {
  const { shape, github, ledger, queue, deadLetters, sweep, canSweep } = local;
  return (
    <>
      <div class="tiles">
        <section class="tile" aria-labelledby="shape">
          <h3 id="shape">Shape</h3>
          <p class="figure">{shape}</p>
          <p class="quiet">{github}</p>
        </section>
        {queue !== undefined && (
          <section class="tile" aria-labelledby="queue">
            <h3 id="queue">Queue</h3>
            <p class="figure">{queue.visible}</p>
            <p class="quiet">{queue.hidden} more at work, or waiting for their time</p>
          </section>
        )}
        <section class="tile" aria-labelledby="sweep">
          <h3 id="sweep">Sweep</h3>
          <Sweep sweep={sweep} />
          {canSweep && (
            <button type="button" onClick={() => act('/api/sweep', 'Swept')}>
              Sweep now
            </button>
          )}
        </section>
      </div>
      {deadLetters !== undefined && <DeadLetters letters={deadLetters} act={act} />}
      <Ledger records={ledger} act={act} />
    </>
  );
}

function Sweep({ sweep }: { readonly sweep: Local['sweep'] | undefined }) {
  if (sweep === undefined) return <p class="quiet">It runs once a minute, and has not run yet.</p>;
  const figures = Object.entries(sweep.fields).filter(([, value]) => typeof value === 'number');
  return (
    <>
      <p class="figure">{toTime(sweep.at)}</p>
      <p class="quiet">{figures.map(([name, value]) => `${name} ${String(value)}`).join(', ')}</p>
    </>
  );
}

function DeadLetters({
  letters,
  act,
}: {
  readonly letters: readonly DeadLetterView[];
  readonly act: PartsProps['act'];
}) {
  return (
    <section aria-labelledby="dead">
      <div class="section-head">
        <h3 id="dead">Dead letters</h3>
        {letters.length > 0 && (
          <button type="button" onClick={() => act('/api/dead-letters/redrive', 'Sent back to the queue')}>
            Send all back
          </button>
        )}
      </div>
      {letters.length === 0 ? (
        <p class="quiet">There are none.</p>
      ) : (
        <ul class="letters">
          {letters.map(({ title, deliveryId, reason, at }) => (
            <li key={deliveryId}>
              <strong>{title}</strong> <code>{deliveryId}</code> <span class="bad">{reason}</span>{' '}
              <time dateTime={at}>{toWholeTime(at)}</time>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Ledger({
  records,
  act,
}: {
  readonly records: readonly LedgerView[];
  readonly act: PartsProps['act'];
}) {
  return (
    <section aria-labelledby="ledger">
      <h3 id="ledger">Ledger</h3>
      <p class="lead">
        Which handler finished which delivery. What is forgotten runs again when the same delivery id comes
        again.
      </p>
      {records.length === 0 ? (
        <p class="quiet">It is empty.</p>
      ) : (
        <div class="wide" role="region" aria-label="Records of the ledger" tabIndex={0}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Delivery</th>
                <th scope="col">Handler</th>
                <th scope="col">State</th>
                <th scope="col">Attempts</th>
                <th scope="col">When</th>
                <th scope="col">
                  <span class="unseen">What to do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {records.map((record) => (
                <Record key={record.id} record={record} act={act} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** With its title, and a way to it, where it is still in the list. */
function DeliveryName({ id }: { readonly id: string }) {
  const known = deliveries.value.find((each) => each.id === id);
  return (
    <>
      {known !== undefined && (
        <a href={`#/deliveries/${known.key}`} class="known">
          {known.title}
        </a>
      )}
      <code class="quiet">{id}</code>
    </>
  );
}

function Record({ record, act }: { readonly record: LedgerView; readonly act: PartsProps['act'] }) {
  const { id, deliveryId, handler, state, attempts, reason, endedAt, leaseUntil } = record;
  return (
    <tr>
      <td>
        <DeliveryName id={deliveryId} />
      </td>
      <th scope="row">{handler}</th>
      <td>
        <span class={`badge ${toTone(state).tone}`}>{state.replace('_', ' ')}</span>
        {reason !== undefined && <span class="quiet"> {reason}</span>}
      </td>
      <td>{attempts}</td>
      <td>
        {endedAt !== undefined && toTime(endedAt)}
        {leaseUntil !== undefined && <>until {toTime(leaseUntil)}</>}
      </td>
      <td>
        <button
          type="button"
          class="small"
          aria-label={`Forget ${handler} of ${deliveryId}`}
          onClick={() => act('/api/ledger/forget', 'Forgotten', { id })}
        >
          Forget
        </button>
      </td>
    </tr>
  );
}
