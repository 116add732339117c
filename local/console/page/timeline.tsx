/** The way of one delivery, from its arrival to its answer, and to what the worker did with it. */
import type { ComponentChildren } from 'preact';
import type { Detail, Pass, SignatureCheck } from '../messages.ts';
import { CallList, ErrorBox, LineList } from './evidence.tsx';
import { toDuration, toSize, toTime, toTone } from './format.ts';
import { HandlerCard } from './handler-card.tsx';

export function Timeline({ detail }: { readonly detail: Detail }) {
  const { summary, signature, passes, method, path, contentType } = detail;
  const [webhook, ...later] = passes;
  const { fixture, replayOf, onlyHandler, edited } = summary;
  return (
    <ol class="way">
      <Step name="Received" tone="info" at={summary.at}>
        <p>
          <code>
            {method} {path}
          </code>{' '}
          {toSize(summary.bytes)}, {contentType === '' ? 'no content type' : contentType}
        </p>
        {fixture !== undefined && (
          <p>
            the recorded delivery <code>{fixture}.json</code>
          </p>
        )}
        {replayOf !== undefined && (
          <p>
            {edited ? 'edited and sent again' : 'sent again'}, from{' '}
            <a href={`#/deliveries/${replayOf}`}>delivery {replayOf}</a>
            {onlyHandler !== undefined && <>, to {onlyHandler} alone</>}
          </p>
        )}
      </Step>
      <Verified signature={signature} />
      {webhook === undefined ? (
        <Step name="Under way" tone="info">
          <p>The function has not answered yet.</p>
        </Step>
      ) : (
        <WebhookSteps pass={webhook} isRejected={summary.outcome === 'rejected'} onlyHandler={onlyHandler} />
      )}
      {later.map((pass, index) => (
        <WorkerSteps key={index} pass={pass} number={index + 1} />
      ))}
    </ol>
  );
}

function Verified({ signature }: { readonly signature: SignatureCheck }) {
  const { verdict } = signature;
  return (
    <Step
      name={verdict === 'valid' ? 'Verified' : 'Not verified'}
      tone={verdict === 'valid' ? 'good' : 'bad'}
    >
      <p>{describeSignature(signature)}</p>
    </Step>
  );
}

export function describeSignature({ verdict, bytes }: SignatureCheck): string {
  switch (verdict) {
    case 'valid':
      return `X-Hub-Signature-256 was made with the webhook secret, over exactly these ${bytes} bytes`;
    case 'wrong':
      return 'X-Hub-Signature-256 was not made from this body with the webhook secret: another secret, or a body that was altered';
    case 'missing':
      return 'there is no X-Hub-Signature-256';
    case 'malformed':
      return 'X-Hub-Signature-256 is not of the form sha256=…';
  }
}

interface WebhookProps {
  readonly pass: Pass;
  readonly isRejected: boolean;
  readonly onlyHandler: string | undefined;
}

function WebhookSteps({ pass, isRejected, onlyHandler }: WebhookProps) {
  const { handlers, outcome } = pass;
  return (
    <>
      {!isRejected && (
        <Step name="Routed" tone={handlers.length > 0 || outcome === 'queued' ? 'good' : 'quiet'}>
          <p>{describeRoute(pass, onlyHandler)}</p>
        </Step>
      )}
      <PassEnd name="Answered" verdict={pass.ending} pass={pass} />
    </>
  );
}

function describeRoute({ handlers, outcome }: Pass, onlyHandler: string | undefined): string {
  if (outcome === 'queued') return 'put into the queue, for the worker';
  if (onlyHandler !== undefined) return `to ${onlyHandler} alone`;
  if (handlers.length === 0) return 'no handler claims it';
  return handlers.length === 1 ? 'one handler claims it' : `${handlers.length} handlers claim it`;
}

function WorkerSteps({ pass, number }: { readonly pass: Pass; readonly number: number }) {
  return (
    <>
      <Step name={`Worker, try ${number}`} tone="info" at={pass.at}>
        <p>taken from the queue</p>
      </Step>
      <PassEnd name="Worked off" verdict={pass.outcome} pass={pass} />
    </>
  );
}

interface PassEndProps {
  readonly name: string;
  readonly verdict: ComponentChildren;
  readonly pass: Pass;
}

/** What each handler did, and how the function ended. */
function PassEnd({ name, verdict, pass }: PassEndProps) {
  const { handlers, remarks, calls, lines, error, durationMs, outcome } = pass;
  return (
    <>
      {handlers.map((handler) => (
        <li key={handler.name} class="step">
          <HandlerCard handler={handler} />
        </li>
      ))}
      <Step name={name} tone={toTone(outcome).tone} end={toDuration(durationMs)}>
        <p>
          <strong>{verdict}</strong>
        </p>
        {remarks.map((remark) => (
          <p key={remark}>{remark}</p>
        ))}
        {error !== undefined && <ErrorBox error={error} />}
        <CallList calls={calls} />
        <LineList lines={lines} />
      </Step>
    </>
  );
}

interface StepProps {
  readonly name: string;
  readonly tone: string;
  /** ISO 8601. */
  readonly at?: string;
  readonly end?: string;
  readonly children: ComponentChildren;
}

function Step({ name, tone, at, end, children }: StepProps) {
  return (
    <li class="step">
      <div class="step-head">
        <span class={`dot ${tone}`} aria-hidden="true" />
        <h3>{name}</h3>
        {at !== undefined && <time dateTime={at}>{toTime(at)}</time>}
        {end !== undefined && <span class="took">{end}</span>}
      </div>
      <div class="step-body">{children}</div>
    </li>
  );
}
