/** What handlers declare that they need to be told, on this machine: by `.env` or the environment, each by its own name. */
import { type DeclaredSettings, toSecretIdVariable } from '../../lib/settings/declared.ts';
import { type Environment, readSettings, SettingsError } from './settings.ts';

export interface HandlerSettings {
  /** For the functions that run handlers. */
  readonly variables: Readonly<Record<string, string>>;
  /** For Secrets Manager, by id. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** @throws SettingsError That names each one that is missing, or blank. */
export async function loadHandlerSettings(
  folder: string,
  env: Environment,
  declared: DeclaredSettings,
): Promise<HandlerSettings> {
  const read = await readSettings(folder, env);
  const entries = Object.entries(declared).map(([name, kind]) => ({ name, kind, value: read(name) }));
  const problems = entries
    .filter(({ value }) => value === undefined)
    .map(({ name, kind }) => `${name} is missing: handlers declare it as a ${kind}. Write it into .env`);
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  const variables: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const { name, kind, value = '' } of entries) {
    if (kind === 'text') {
      variables[name] = value;
    } else {
      const id = `hookmint/settings/${name}`;
      variables[toSecretIdVariable(name)] = id;
      secrets[id] = value;
    }
  }
  return { variables, secrets };
}
