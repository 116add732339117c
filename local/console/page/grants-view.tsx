/** What each handler declares, against what its calls needed so far. */
import type { GrantView, Permissions } from '../messages.ts';
import { useFresh } from './use-fresh.ts';

export function GrantsView() {
  const grants = useFresh('/api/grants');
  return (
    <main class="page">
      <h2>Grants</h2>
      <p class="lead">
        What each handler declares, and what its calls needed since this server started. A surplus is a right
        that a stolen token would have for nothing; before you take it away, think of the calls that no
        delivery has made here yet. <code>npx hookmint grants</code> reads it from the code.
      </p>
      {grants === undefined ? (
        <p class="empty">…</p>
      ) : (
        <div class="wide" role="region" aria-label="Grants by handler" tabIndex={0}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Handler</th>
                <th scope="col">Declared</th>
                <th scope="col">Used</th>
                <th scope="col">Surplus</th>
                <th scope="col">Calls</th>
              </tr>
            </thead>
            <tbody>
              {grants.map((grant) => (
                <Row key={grant.handler} grant={grant} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </main>
  );
}

function Row({ grant }: { readonly grant: GrantView }) {
  const { handler, events, declared, used, surplus, unknown, calls } = grant;
  return (
    <tr>
      <th scope="row">
        {handler}
        {events.join() !== handler && <span class="events">{events.join(', ')}</span>}
      </th>
      <td>{declared === 'all' ? 'everything' : <Levels permissions={declared} tone="" />}</td>
      <td>
        <Levels permissions={used} tone="good" />
        {unknown.map((route) => (
          <p key={route} class="quiet">
            of <code>{route}</code> no permission is published
          </p>
        ))}
      </td>
      <td>
        <Levels permissions={surplus} tone="warn" />
      </td>
      <td>{calls}</td>
    </tr>
  );
}

function Levels({ permissions, tone }: { readonly permissions: Permissions; readonly tone: string }) {
  const all = Object.entries(permissions);
  if (all.length === 0) return <span class="quiet">none</span>;
  return (
    <>
      {all.map(([name, level]) => (
        <code key={name} class={`level-of ${tone}`}>
          {name}: {level}
        </code>
      ))}
    </>
  );
}
