/** What the list is narrowed by. */
import { clearFilter } from './actions.ts';
import { type Filter, NO_FILTER } from './filter.ts';
import { choices, deliveries, filter, shown } from './store.ts';

export function FilterBar() {
  const { events, outcomes, handlers } = choices.value;
  const { text } = filter.value;
  const isNarrowed = JSON.stringify(filter.value) !== JSON.stringify(NO_FILTER);
  const set = (changed: Partial<Filter>): void => {
    filter.value = { ...filter.value, ...changed };
  };
  return (
    <search class="filter">
      <div class="search-field">
        <input
          id="search"
          type="search"
          aria-label="Filter deliveries"
          placeholder="Filter by title, repository, id or payload"
          value={text}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => set({ text: currentTarget.value })}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <div class="chips">
        <Choice
          label="Event"
          value={filter.value.event}
          names={events}
          onChange={(event) => set({ event })}
        />
        <Choice
          label="Outcome"
          value={filter.value.outcome}
          names={outcomes}
          onChange={(outcome) => set({ outcome })}
        />
        <Choice
          label="Handler"
          value={filter.value.handler}
          names={handlers}
          onChange={(handler) => set({ handler })}
        />
        <span class="count">
          {isNarrowed ? `${shown.value.length} of ${deliveries.value.length}` : deliveries.value.length}
        </span>
        {isNarrowed && (
          <button type="button" class="plain" onClick={clearFilter}>
            Clear
          </button>
        )}
      </div>
    </search>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly names: readonly string[];
  readonly onChange: (name: string) => void;
}

function Choice({ label, value, names, onChange }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      class={value === '' ? 'chip' : 'chip chosen'}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      <option value="">{label}: all</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
