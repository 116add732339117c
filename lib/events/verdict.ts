/** What the compiler says of an event's name. Types only. */
import type { NearestOf } from './nearest-type.ts';
import type { Event, EventAction, EventName } from './payloads.ts';

/** The name itself where GitHub has such an event, otherwise a text that says what was meant. */
export type EventVerdict<E extends string> = string extends E
  ? EventName
  : E extends EventName
    ? E
    : `no such event: '${E}'${Hint<Meant<E>>}`;

/** A sentence for the names that may have been meant; empty for none. */
export type Hint<N extends string> = [N] extends [never] ? '' : `. Did you mean '${N}'?`;

type Meant<E extends string> = E extends `${infer Name}.${infer Action}`
  ? MeantAction<Name extends Event ? Name : NearestOf<Name, Event>, Action>
  : NearestOf<E, Event>;

/** With the nearest action of each event that may be meant, or without one. */
type MeantAction<Name extends string, Action extends string> = Name extends string
  ? `${Name}.${Action}` extends EventAction
    ? `${Name}.${Action}`
    : [NearestOf<Action, ActionOf<Name>>] extends [never]
      ? Name
      : `${Name}.${NearestOf<Action, ActionOf<Name>>}`
  : never;

type ActionOf<Name extends string> = EventAction extends infer A
  ? A extends `${Name}.${infer Action}`
    ? Action
    : never
  : never;
