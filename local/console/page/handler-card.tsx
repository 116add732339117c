/** What one handler did with a delivery: claim, grant, token, calls, log, outcome. */
import type { HandlerView } from '../messages.ts';
import { CallList, ErrorBox, LineList } from './evidence.tsx';
import { toDuration, toTone } from './format.ts';

export function HandlerCard({ handler }: { readonly handler: HandlerView }) {
  const { name, outcome, reason, meaning, silence, durationMs, error, calls, lines } = handler;
  const { tone, sign } = toTone(outcome);
  return (
    <article class={`card ${tone}`} aria-label={`Handler ${name}`}>
      <header>
        <span class={`sign ${tone}`} aria-hidden="true">
          {sign}
        </span>
        <h3>{name}</h3>
        <span class={`badge ${tone}`}>{outcome}</span>
        {durationMs !== undefined && <span class="took">{toDuration(durationMs)}</span>}
      </header>
      {silence !== undefined && <p class="why">{silence}</p>}
      {reason !== undefined && (
        <p class="why">
          <code>{reason}</code>
          {meaning !== undefined && <> {meaning}</>}
        </p>
      )}
      <Grant handler={handler} />
      {error !== undefined && <ErrorBox error={error} />}
      <CallList calls={calls} />
      <LineList lines={lines} />
    </article>
  );
}

function Grant({ handler: { attempt, asked, given, token } }: { readonly handler: HandlerView }) {
  if (attempt === undefined && asked === undefined) return null;
  return (
    <dl class="facts-list">
      {attempt !== undefined && (
        <div>
          <dt>Claim</dt>
          <dd>attempt {attempt}</dd>
        </div>
      )}
      {asked !== undefined && (
        <div>
          <dt>Asked</dt>
          <dd>
            <code>{asked}</code>
          </dd>
        </div>
      )}
      {asked !== undefined && (
        <div>
          <dt>Given</dt>
          <dd>
            {given === undefined ? 'no token' : <code>{given}</code>}
            {token !== undefined && <span class="pill">{token}</span>}
          </dd>
        </div>
      )}
    </dl>
  );
}
