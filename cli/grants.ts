/** `hookmint grants`: what each handler declares, against what the routes in its code and in recorded runs need. */
import type { Command } from 'commander';
import type { HandlerGrants } from './grants/read-grants.ts';
import type { CommandIo } from './io/io.ts';
import { loadingModules } from './io/loading-modules.ts';

interface GrantsOptions {
  readonly handlers?: string;
  readonly json: boolean;
  readonly check: boolean;
}

export function addGrants(program: Command, io: CommandIo): void {
  program
    .command('grants')
    .description(
      'shows what each handler declares and what the routes in its code, and in recorded runs, need',
    )
    .option('--handlers <file>', 'another handler table than functions/handlers/index.ts')
    .option('--json', 'as JSON', false)
    .option('--check', 'ends with 1 where a permission is missing, or is declared and not needed', false)
    .addHelpText('after', '\nExample: hookmint grants --check')
    .action((options: GrantsOptions) => showGrants(options, io));
}

async function showGrants({ json, check, handlers }: GrantsOptions, io: CommandIo): Promise<void> {
  const warnings: string[] = [];
  const grants = await io.showing('Reading the handlers', () =>
    loadingModules(io, async () => {
      const { readGrants } = await import('./grants/read-grants.ts');
      const warn = (warning: string): void => void warnings.push(`warning: ${warning}`);
      return readGrants({ app: io.folder, warn, ...(handlers !== undefined && { handlers }) });
    }),
  );
  io.tell(...warnings);
  const value = grants.map(({ used: _, ...each }) => each);
  io.report(json, { value, lines: grants.flatMap(describe) });
  if (check && grants.some(isWrong)) io.foundWrong();
}

/** A handler with calls that nobody can judge may declare more than is seen. */
function isWrong({ missing, surplus, unknown }: HandlerGrants): boolean {
  return !isEmpty(missing) || (!isEmpty(surplus) && unknown.length === 0);
}

function describe(grants: HandlerGrants): readonly string[] {
  const { handler, events, declared, needed, missing, surplus, unknown, used } = grants;
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
    ...used.map((route) => `  used      ${route}, in a recorded run`),
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
