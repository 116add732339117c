/** What the search is let loose on: bounds by what they are about. */
import type { Bounds, Budget, End } from './world.ts';

const NOTHING: Budget = {
  crashes: 0,
  lost: 0,
  freezes: 0,
  copies: 0,
  twice: 0,
  timeouts: 0,
  refusals: 0,
  pulls: 0,
  persons: 0,
  replays: 0,
  waits: 0,
  mints: 0,
  settlements: 0,
};

const SMALL: Omit<Bounds, 'budget' | 'deliveries'> = {
  inline: false,
  processes: 2,
  batch: 1,
  maxAttempts: 2,
  mints: false,
  skewMs: 2_000,
};

const ONE = { processes: 1 } as const;
const MINTS = { mints: true } as const;
const PAIRS = { processes: 1, batch: 2 } as const;
const INLINE = { inline: true, maxAttempts: Infinity, processes: 1 } as const;

const ALL: readonly End[] = ['succeed', 'fail', 'wait', 'skip', 'give_up'];

export interface Scenario {
  readonly name: string;
  readonly bounds: Bounds;
}

function scenario(
  name: string,
  deliveries: Bounds['deliveries'],
  budget: Partial<Budget>,
  more: Partial<Bounds> = {},
): Scenario {
  return { name, bounds: { ...SMALL, deliveries, ...more, budget: { ...NOTHING, ...budget } } };
}

/** Some seconds in all. */
export const SMALL_SCENARIOS: readonly Scenario[] = [
  scenario(
    'a token is made between claim and handler',
    [[['succeed', 'fail']]],
    { crashes: 1, mints: 2 },
    { ...ONE, ...MINTS },
  ),
  scenario('an owner that stands still while it mints', [[['succeed']]], { freezes: 1 }, MINTS),
  scenario(
    'a settlement that the table does not take',
    [[['succeed', 'fail', 'wait', 'skip']]],
    { settlements: 1, mints: 1, waits: 1 },
    { ...ONE, ...MINTS },
  ),
  scenario('one message, a crash at each step', [[ALL]], { crashes: 1, waits: 1 }),
  scenario('a lost answer', [[['succeed', 'fail']]], { lost: 1 }),
  scenario('claims that are never answered', [[['succeed']]], { lost: 4 }, ONE),
  scenario('two messages of one request', [[['give_up']]], { copies: 1 }),
  scenario('an owner that comes back late', [[['succeed', 'fail']]], { freezes: 1 }),
  scenario('a message that shows while it is at work', [[['succeed', 'give_up']]], { twice: 1 }),
  scenario('the sweep asks for what arrived', [[['skip']]], { timeouts: 1 }),
  scenario('the sweep pulls what arrived, and dies', [[['skip']]], { timeouts: 1, pulls: 1 }, ONE),
  scenario(
    'the sweep pulls what never arrived, and a person',
    [[['give_up']]],
    { refusals: 1, pulls: 1, persons: 1 },
    ONE,
  ),
  scenario('the sweep and a person', [[['skip']]], { timeouts: 1, persons: 1 }, { processes: 1 }),
  scenario('a person replays', [[['succeed', 'give_up']]], { replays: 1, crashes: 1 }),
  scenario('a deadly handler beside a good delivery', [[['die']], [['succeed']]], {}, PAIRS),
  scenario('a deadly handler beside one of its delivery', [[['die'], ['succeed']]], {}, ONE),
  scenario('two handlers, of which one fails', [[['succeed'], ['fail', 'succeed']]], {}, ONE),
  scenario('inline, with the sweep', [[['give_up', 'succeed']]], {}, INLINE),
];

/** Minutes. */
export const LARGE_SCENARIOS: readonly Scenario[] = [
  scenario('the sweep pulls, and a person', [[['give_up']]], { timeouts: 1, pulls: 1, persons: 1 }, ONE),
  scenario(
    'the sweep pulls twice, and dies',
    [[['skip', 'fail']]],
    { timeouts: 1, pulls: 2, crashes: 1 },
    ONE,
  ),
  scenario(
    'a token, two crashes and three lost answers',
    [[['succeed', 'fail', 'give_up']]],
    { crashes: 2, lost: 3, mints: 2 },
    { ...ONE, ...MINTS },
  ),
  scenario(
    'a token for each of two messages',
    [[['succeed', 'fail']]],
    { copies: 1, mints: 1, settlements: 1 },
    MINTS,
  ),
  scenario('a late owner that mints', [[['succeed', 'fail']]], { freezes: 1 }, MINTS),
  scenario(
    'a token for each of two deliveries of a batch',
    [[['die', 'succeed']], [['succeed']]],
    { crashes: 1, mints: 1 },
    { ...PAIRS, ...MINTS },
  ),
  scenario('one message, two crashes and two lost answers', [[ALL]], { crashes: 2, lost: 2, waits: 1 }),
  scenario('two messages of one request, a crash', [[ALL]], { copies: 1, crashes: 1, waits: 1 }),
  scenario('three messages, three processes', [[['succeed', 'fail']]], { copies: 2 }, { processes: 3 }),
  scenario('two messages and a lost answer', [[['succeed', 'fail', 'give_up']]], { copies: 1, lost: 1 }),
  scenario('late owners among two messages', [[['succeed', 'fail']]], { copies: 1, freezes: 1 }),
  scenario('the sweep, a person, a crash', [[['skip', 'give_up', 'fail']]], {
    timeouts: 1,
    persons: 1,
    crashes: 1,
  }),
  scenario('two persons and two unanswered requests', [[['give_up']]], { timeouts: 2, persons: 2 }),
  scenario(
    'two deadly handlers beside a good one',
    [[['die']], [['die']], [['succeed']]],
    {},
    { batch: 3, processes: 1 },
  ),
  scenario('a deadly handler beside one that fails', [[['die']], [['fail', 'succeed']]], {}, { batch: 2 }),
  scenario('a person replays what another message brings', [[['succeed', 'fail']]], {
    replays: 1,
    copies: 1,
  }),
  scenario(
    'three handlers',
    [[['succeed', 'fail'], ['skip', 'fail'], ['give_up']]],
    { crashes: 1 },
    { processes: 1 },
  ),
  scenario('inline, with the sweep and a person', [[['give_up']]], { persons: 1 }, INLINE),
];
