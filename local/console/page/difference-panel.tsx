/** In what a payload differs from the one before of its event. */
import { useEffect, useState } from 'preact/hooks';
import type { Difference } from '../messages.ts';
import { read } from './ask.ts';
import { toTime } from './format.ts';

export function DifferencePanel({ delivery }: { readonly delivery: number }) {
  const [difference, setDifference] = useState<Difference>();
  useEffect(() => {
    void read<Difference>(`/api/deliveries/${delivery}/difference`).then(setDifference, () => {});
  }, [delivery]);
  if (difference === undefined) return <p class="empty">…</p>;
  const { against, changes, more } = difference;
  if (against === undefined) return <p class="empty">It is the first one of its event.</p>;
  return (
    <>
      <p class="quiet">
        Against <a href={`#/deliveries/${against.key}`}>{against.title}</a> of {toTime(against.at)}:{' '}
        {changes.length === 0 ? 'no difference' : `${changes.length + more} fields differ`}
      </p>
      <ul class="changes" aria-label="Fields that differ">
        {changes.map(({ path, before, after }) => (
          <li key={path}>
            <code class="name">{path}</code>
            {before !== undefined && (
              <del>
                <span class="unseen">was </span>
                {before}
              </del>
            )}
            {after !== undefined && (
              <ins>
                <span class="unseen">is </span>
                {after}
              </ins>
            )}
          </li>
        ))}
      </ul>
      {more > 0 && <p class="quiet">and {more} more</p>}
    </>
  );
}
