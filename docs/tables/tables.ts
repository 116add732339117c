/** The generated tables by name, each made of the data that the code itself uses. */
import { PARAMETERS } from '../../infra/parameters.cjs';
import { type FaultCode, ServiceFault } from '../../lib/faults.ts';
import { SWEEP_FORMAT } from '../../lib/aws/sweep-items.ts';
import { readVersion } from '../../lib/build/package.ts';
import { LEDGER_FORMAT } from '../../lib/ledger/record.ts';
import { MESSAGE_FORMAT } from '../../lib/queue/message.ts';
import type { StoredFormat } from '../../lib/stored-format.ts';
import { FUNCTION_KINDS, VARIABLES, type VariableName } from '../../lib/functions/variables.ts';
import { COMMON_FIELDS, FIELDS } from '../../lib/log/fields.ts';
import { LINES, type LineDescription } from '../../lib/log/lines.ts';
import { MESSAGES } from '../../lib/log/messages.ts';
import { DEAD_LETTERS, FAULTS, REJECTIONS, type ReasonDescription } from '../../lib/reasons.ts';
import { type Rejection, toRejectionAnswer } from '../../lib/webhook/answer.ts';
import { createIo } from '../../cli/io/io.ts';
import { surroundingsOfProcess } from '../../cli/io/surroundings.ts';
import { hasJson, listCommands } from '../../cli/list-commands.ts';
import { createProgram } from '../../cli/program.ts';
import { code, type Table } from './page.ts';
import { VARIABLE_MEANINGS } from './variable-meanings.ts';

const VERSION = readVersion();

export const TABLES = {
  'log-lines': () => [
    ['`code`', '`message`', 'level', 'by', 'when', 'what to do', 'keys'],
    ...entries<keyof typeof LINES, LineDescription>(LINES).map(([name, line]) => [
      code(name),
      code(MESSAGES[name]),
      line.levels.join(', '),
      line.by.length === 3 ? 'all' : line.by.join(', '),
      line.meaning,
      line.todo,
      line.fields.map(code).join(', '),
    ]),
  ],
  'log-fields': () => [
    ['key', 'is', 'meaning'],
    ...Object.entries({ ...COMMON_FIELDS, ...FIELDS }).map(([name, field]) => [
      code(name),
      field.is,
      field.meaning,
    ]),
  ],
  rejections: () => [
    ['reason', 'status', 'what it means', 'what to do'],
    ...entries<Rejection, ReasonDescription>(REJECTIONS).map(([name, reason]) =>
      toRow(name, String(toRejectionAnswer(name).status), reason),
    ),
  ],
  faults: () => [
    ['reason', 'status', 'what it means', 'what to do'],
    ...entries<FaultCode, ReasonDescription>(FAULTS).map(([name, reason]) =>
      toRow(name, toStatus(name), reason),
    ),
  ],
  'dead-letters': () => [
    ['reason of a dead letter', 'what it means', 'what to do'],
    ['`HANDLER: REASON; …`', 'Its handlers failed, for the reasons above', 'Mend them, then redrive'],
    ...Object.entries(DEAD_LETTERS).map(([name, { meaning, todo }]) => [code(name), meaning, todo]),
    [
      'none',
      'SQS made the dead letter by itself: the message was received `maxReceiveCount` times',
      'Mostly the worker dies at it, or does not start: look at its log',
    ],
  ],
  formats: () => [
    ['release', 'messages', "the ledger's records", "the sweep's records"],
    ['before 0.1.0', 'writes 1, reads 1 and 2', 'writes 1, reads 1 and 2', 'writes 1, reads 1 and 2'],
    [VERSION, ...[MESSAGE_FORMAT, LEDGER_FORMAT, SWEEP_FORMAT].map(describeFormat)],
  ],
  variables: () => [
    ['variable', ...FUNCTION_KINDS, 'default', 'meaning'],
    ...entries<VariableName, Variable>(VARIABLES).map(([name, variable]) => [
      code(name),
      ...FUNCTION_KINDS.map((kind) => variable.needs[kind] ?? '–'),
      code(variable.default ?? ''),
      VARIABLE_MEANINGS[name],
    ]),
  ],
  parameters: () => [
    ['parameter', 'default', 'meaning'],
    ...Object.entries(PARAMETERS).map(([name, parameter]) => [
      code(name),
      code(parameter.default),
      parameter.meaning,
    ]),
  ],
  commands: () => [
    ['command', 'what it does', '`--json`'],
    ...listCommands(createProgram(createIo({ ...surroundingsOfProcess(), endProcess() {} })))
      .filter(({ name }) => name !== 'take-vendored') // npm runs it, and nobody else
      .map(({ name, command }) => [
        code([name, ...command.registeredArguments.map((each) => toArgument(each))].join(' ')),
        command.description(),
        hasJson(command) ? 'yes' : '',
      ]),
  ],
} as const satisfies Readonly<Record<string, () => Table>>;

/** As it is typed: `FILE`, `[EVENT...]`. */
function toArgument(argument: { required: boolean; variadic: boolean; name(): string }): string {
  const text = `${argument.name().toUpperCase()}${argument.variadic ? '...' : ''}`;
  return argument.required ? text : `[${text}]`;
}

interface Variable {
  readonly needs: Readonly<Partial<Record<(typeof FUNCTION_KINDS)[number], string>>>;
  readonly default?: string;
}

/** A 200 for what is skipped; where the function does not start, it answers nothing at all. */
function toStatus(fault: FaultCode): string {
  const { disposition } = new ServiceFault(fault, '');
  if (fault === 'config_invalid') return '–';
  return disposition === 'skipped' ? '200' : String(disposition);
}

function toRow(name: string, status: string, { meaning, todo }: ReasonDescription): string[] {
  return [code(name), status, meaning, todo];
}

/** `Object.entries` that keeps the names. */
function entries<Name extends string, Value>(catalogue: Readonly<Record<Name, Value>>): [Name, Value][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a literal of ours has no other keys
  return Object.entries(catalogue) as [Name, Value][];
}

function describeFormat({ written, oldest, newest }: StoredFormat): string {
  return `writes ${written}, reads ${oldest} to ${newest}`;
}
