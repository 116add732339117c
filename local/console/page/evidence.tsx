/** Calls, log lines and errors, each to be opened for more. */
import type { CallView, ErrorView, LineView } from '../messages.ts';
import { toDuration, toTime } from './format.ts';
import { Tree } from './tree.tsx';

export function CallList({ calls }: { readonly calls: readonly CallView[] }) {
  if (calls.length === 0) return null;
  return (
    <ul class="calls" aria-label="Calls">
      {calls.map((call, index) => (
        <li key={index}>
          <Call call={call} />
        </li>
      ))}
    </ul>
  );
}

function Call({
  call: { method, path, status, durationMs, request, response },
}: {
  readonly call: CallView;
}) {
  const tone = status === 0 || status >= 400 ? 'bad' : 'quiet';
  const line = (
    <>
      <span class={`method ${method === 'GET' ? 'quiet' : 'info'}`}>{method}</span>
      <span class="path">{path}</span>
      <span class={`status ${tone}`}>{status === 0 ? 'no answer' : status}</span>
      <span class="took">{durationMs === undefined ? '' : toDuration(durationMs)}</span>
    </>
  );
  if (request === undefined && response === undefined) return <div class="call">{line}</div>;
  return (
    <details>
      <summary class="call">{line}</summary>
      <div class="bodies">
        {request !== undefined && <Body title="Request" value={request} />}
        {response !== undefined && <Body title="Answer" value={response} />}
      </div>
    </details>
  );
}

function Body({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <div class="body">
      <h4>{title}</h4>
      <Tree value={value} openDepth={1} />
    </div>
  );
}

export function LineList({ lines }: { readonly lines: readonly LineView[] }) {
  if (lines.length === 0) return null;
  return (
    <ul class="lines" aria-label="Log lines">
      {lines.map(({ at, level, message, fields }, index) => (
        <li key={index}>
          <time dateTime={at}>{toTime(at)}</time>
          <span class={`level ${TONES[level] ?? 'info'}`}>{level}</span>
          <span class="message">
            {message}
            {Object.entries(fields).map(([name, value]) => (
              <span key={name} class="field">
                {name}=<span>{typeof value === 'string' ? value : JSON.stringify(value)}</span>
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

const TONES: Readonly<Record<string, string>> = { debug: 'quiet', info: 'info', warn: 'warn', error: 'bad' };

export function ErrorBox({ error }: { readonly error: ErrorView }) {
  const { name, message, stack, cause } = error;
  return (
    <div class="error">
      <p>
        {name !== 'ServiceFault' && <strong>{name}: </strong>}
        {message}
      </p>
      {stack.length > 0 && (
        <details>
          <summary>Stack</summary>
          <pre tabIndex={0}>{stack.join('\n')}</pre>
        </details>
      )}
      {cause !== undefined && <ErrorBox error={cause} />}
    </div>
  );
}
