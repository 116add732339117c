/** The request as it came: its headers, and the exact bytes with the check of their signature. */
import { useEffect, useState } from 'preact/hooks';
import type { Detail } from '../messages.ts';
import { readText } from './ask.ts';
import { toSize } from './format.ts';
import { describeSignature } from './timeline.tsx';

export function HeadersPanel({ detail: { headers } }: { readonly detail: Detail }) {
  return (
    <table class="table headers">
      <caption class="unseen">Headers of the request</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {headers.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <code>{value}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** More is drawn only when somebody wants it: a browser takes seconds for megabytes of text. */
const FIRST = 100_000;

export function RawPanel({ detail }: { readonly detail: Detail }) {
  const { signature, contentType, summary } = detail;
  const [text, setText] = useState('');
  const [limit, setLimit] = useState(FIRST);
  useEffect(() => {
    void readText(`/api/deliveries/${summary.key}/raw`).then(setText, () => {});
  }, [summary.key]);
  const isValid = signature.verdict === 'valid';
  return (
    <>
      <div class={`verdict ${isValid ? 'good' : 'bad'}`}>
        <p>
          <strong>{isValid ? 'The signature is right' : 'The signature is not right'}</strong>:{' '}
          {describeSignature(signature)}.
        </p>
        <p>
          <code>{signature.header ?? 'no header'}</code>
        </p>
      </div>
      <p class="quiet">
        {toSize(signature.bytes)} of {contentType === '' ? 'no content type' : contentType}. What looks like a
        credential is not shown.
      </p>
      <pre class="raw" tabIndex={0} role="region" aria-label="Body as it came">
        {text.slice(0, limit)}
      </pre>
      {text.length > limit && (
        <button type="button" onClick={() => setLimit(Infinity)}>
          Show the other {toSize(text.length - limit)}
        </button>
      )}
    </>
  );
}
