/** What is at work in a process beside a message's handlers, and what follows from it. Pure. */

/**
 * Other deliveries, the other handlers of its own delivery alone (`none`), or not even those.
 */
export type Company = 'others' | 'none' | 'not even its own';

/** @param records How many messages a batch has. */
export function toCompany(records: number): Company {
  return records > 1 ? 'others' : 'none';
}

interface Keeping {
  /** Its handlers run one after the other, not side by side. */
  readonly oneByOne: boolean;
  /** Whether each of them is alone: should the process die, it is that one that it died at. */
  readonly alone: boolean;
}

/**
 * @param handlers   How many the delivery has.
 * @param isReadBack Whether its payload is too large for a message, and so for two.
 */
export function toKeeping(company: Company, handlers: number, isReadBack: boolean): Keeping {
  const oneByOne = company === 'not even its own' || isReadBack;
  return { oneByOne, alone: oneByOne || (company === 'none' && handlers === 1) };
}
