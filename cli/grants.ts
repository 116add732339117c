/** `hookmint grants`: what each handler declares, against what the routes in its code need. */
import { Console } from 'node:console';
import type { Command } from 'commander';
import { CommandError } from './command-error.ts';
import type { HandlerGrants } from './grants/read-grants.ts';
import { printLines } from './print-lines.ts';

interface GrantsOptions {
  readonly handlers?: string;
  readonly json: boolean;
  readonly check: boolean;
}

export function addGrants(program: Command): void {
  program
    .command('grants')
    .description('shows what each handler declares and what the routes in its code need')
    .option('--handlers <file>', 'another handler table than functions/handlers/index.ts')
    .option('--json', 'as JSON', false)
    .option('--check', 'ends with 1 where a permission is missing, or is declared and not needed', false)
    .action(async (options: GrantsOptions) => {
      process.exit(await showGrants(options)); // a handler module may have left a timer running
    });
}

/** @returns The exit code. */
async function showGrants({ json, check, handlers }: GrantsOptions): Promise<number> {
  // What a handler's module prints while it loads is no part of the answer.
  const { stdout, stderr } = process;
  const own = globalThis.console;
  globalThis.console = new Console(stderr, stderr);
  let grants: readonly HandlerGrants[];
  try {
    const { readGrants } = await import('./grants/read-grants.ts');
    grants = await readGrants(handlers === undefined ? {} : { handlers });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    stderr.write(`${error.message}\n`);
    return 2;
  } finally {
    globalThis.console = own;
  }
  if (json) stdout.write(`${JSON.stringify(grants, null, 2)}\n`);
  else printLines(grants.flatMap(describe));
  return check && grants.some(isWrong) ? 1 : 0;
}

/** A handler with calls that nobody can judge may declare more than is seen. */
function isWrong({ missing, surplus, unknown }: HandlerGrants): boolean {
  return !isEmpty(missing) || (!isEmpty(surplus) && unknown.length === 0);
}

function describe(grants: HandlerGrants): readonly string[] {
  const { handler, events, declared, needed, missing, surplus, unknown } = grants;
  const all = declared === 'all' ? ['  nothing is missing or surplus: it takes all that was granted'] : [];
  return [
    `${handler}  ${events.join(', ')}`,
    `  declares  ${declared === 'all' ? 'all' : toText(declared)}`,
    `  needs     ${toText(needed)}`,
    ...(isEmpty(missing) ? [] : [`  missing   ${toText(missing)}`]),
    ...(isEmpty(surplus)
      ? []
      : [`  surplus   ${toText(surplus)}${unknown.length > 0 ? ', unless the unknown calls need it' : ''}`]),
    ...all,
    ...unknown.map((call) => `  unknown   ${call}`),
    '',
  ];
}

function toText(levels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(levels).map(([name, level]) => `${name}: ${level}`);
  return texts.length === 0 ? 'nothing' : texts.join(', ');
}

function isEmpty(levels: Readonly<Record<string, string>>): boolean {
  return Object.keys(levels).length === 0;
}
