/** What was recorded, for people. Pure. */
import { type Line, painted } from '../io/lines.ts';
import type { Comparison } from './compare-handlers.ts';
import type { Recording } from './record-fixture.ts';

interface Recorded extends Pick<Recording, 'event' | 'replaced'> {
  readonly file: string;
  /** null: none was tried. */
  readonly handlers: readonly Comparison[] | null;
}

export function describeRecording({ file, event, replaced, handlers }: Recorded): readonly Line[] {
  const kinds = new Map<string, string[]>();
  for (const { kind, path } of replaced) kinds.set(kind, [...(kinds.get(kind) ?? []), path]);
  return [
    'Replaced:',
    ...[...kinds].map(([kind, paths]) => `  ${kind.padEnd(8)} ${paths.join(', ')}`),
    '',
    ...describeHandlers(handlers),
    `${event} is recorded in ${file}. Read it before you commit it.`,
  ];
}

function describeHandlers(handlers: Recorded['handlers']): readonly Line[] {
  if (handlers === null) return [];
  if (handlers.length === 0) return ['No handler of this folder gets such a delivery.', ''];
  return ['Tried with the original and with the recording:', ...handlers.flatMap(describeHandler), ''];
}

function describeHandler({ handler, alike, original, recording, lost, problem }: Comparison): Line[] {
  return [
    [
      `  ${handler}  `,
      alike ? painted('green', 'alike') : painted('red', 'not alike'),
      `  ${describeEnd(original)}${alike ? '' : `; the recording: ${describeEnd(recording)}`}`,
    ],
    ...(problem === null ? [] : [`    with the recording: ${problem}`]),
    ...(lost.length === 0
      ? []
      : [`    reads what has stand-ins: ${lost.map(({ path }) => path).join(', ')}`]),
  ];
}

function describeEnd({ outcome, calls }: Comparison['original']): string {
  return calls.length === 0 ? outcome : `${outcome} (${calls.join(', ')})`;
}
