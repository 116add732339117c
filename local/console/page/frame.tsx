/** The page as a whole: the bar on top, the view that is chosen, and what lies over it. */
import { focusSearch } from './actions.ts';
import { DeliveryPane } from './delivery-pane.tsx';
import { Dialogs } from './dialogs.tsx';
import { FilterBar } from './filter-bar.tsx';
import { GrantsView } from './grants-view.tsx';
import { DeliveryList } from './delivery-list.tsx';
import { LocalView } from './local-view.tsx';
import { connected, deliveries, dialog, notice, open, openKey, shown, view, type View } from './store.ts';

const VIEWS: readonly (readonly [View, string])[] = [
  ['deliveries', 'Deliveries'],
  ['grants', 'Grants'],
  ['local', 'Ledger & queue'],
];

export function Frame() {
  const hasOpen = view.value === 'deliveries' && openKey.value !== undefined;
  return (
    <div class={`frame ${hasOpen ? 'has-open' : ''}`}>
      <TopBar />
      {view.value === 'deliveries' && <Deliveries />}
      {view.value === 'grants' && <GrantsView />}
      {view.value === 'local' && <LocalView />}
      <Dialogs />
      <Announcer />
    </div>
  );
}

function TopBar() {
  return (
    <header class="bar">
      <h1 class="brand">
        <span class="mark" aria-hidden="true" />
        hookmint
      </h1>
      <nav aria-label="Views">
        {VIEWS.map(([name, title]) => (
          <a
            key={name}
            href={`#/${name}`}
            class="tab"
            aria-current={view.value === name ? 'page' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <span class="spacer" />
      <span class={`link-state ${connected.value ? 'on' : 'off'}`} role="status">
        {connected.value ? 'live' : 'not connected'}
      </span>
      <button
        type="button"
        class="plain"
        onClick={() => (dialog.value = 'help')}
        aria-label="Keys"
        title="Keys (?)"
      >
        <kbd>?</kbd>
      </button>
    </header>
  );
}

function Deliveries() {
  const isEmpty = deliveries.value.length === 0;
  return (
    <main class="columns">
      <section class="side" aria-label="List of deliveries">
        <FilterBar />
        {isEmpty ? (
          <p class="empty">
            Nothing came yet. <code>npx hookmint trigger issues.opened</code> sends a recorded delivery.
          </p>
        ) : shown.value.length === 0 ? (
          <p class="empty">
            None of {deliveries.value.length} deliveries is like that.{' '}
            <button type="button" class="plain inline" onClick={focusSearch}>
              Change the filter
            </button>
          </p>
        ) : undefined}
        <DeliveryList />
      </section>
      <DeliveryPane />
    </main>
  );
}

/** For whoever cannot see what `j`, `k` and the buttons changed. */
function Announcer() {
  const { value: delivery } = open;
  const { value: told } = notice;
  return (
    <>
      <p class="unseen" aria-live="polite">
        {delivery === undefined ? '' : `${delivery.title}, ${delivery.subject}, ${delivery.outcome}`}
      </p>
      <div class="notices" role="status">
        {told !== undefined && <p class={`notice ${told.isProblem ? 'bad' : 'good'}`}>{told.text}</p>}
      </div>
    </>
  );
}
