/** What a handler declares that it needs to be told, and what of it an environment lacks. Pure. */

/** `text`: from the environment. `secret`: from Secrets Manager. */
export type SettingKind = 'text' | 'secret';

/** Kinds by name. The name is that of the environment variable: `NOTIFY_URL`. */
export type DeclaredSettings = Readonly<Record<string, SettingKind>>;

/** What a handler is given for what it declared: each name has a text. */
export type SettingValues<S extends DeclaredSettings> = { readonly [Name in keyof S]: string };

/** Of a handler that declares no settings. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- it is meant: no name, no text
export type NoSettings = Readonly<Record<never, SettingKind>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Names that mean something to Lambda, Node.js or hookmint already, or would in a later version. */
const TAKEN =
  /^(?:AWS_|LAMBDA_|NODE_|GITHUB_|HOOKMINT_|_|PATH$|PORT$|LOG_LEVEL$|DELIVERY_QUEUE_URL$|LEDGER_TABLE$)/;

/** @returns What is wrong with a declaration, in words; undefined for a good one. */
export function findDeclarationProblem(name: string, kind: unknown): string | undefined {
  if (kind !== 'text' && kind !== 'secret') return `the setting ${name} must be 'text' or 'secret'`;
  if (!/^[A-Z][A-Z0-9_]*$/.test(name))
    return `the setting '${name}' must be named as an environment variable is: NOTIFY_URL`;
  if (TAKEN.test(name) || /^(?:WEBHOOK_SECRET|PRIVATE_KEY)(?:_|$)/.test(name))
    return `the setting ${name} has a name that is taken`;
  if (name.endsWith('_SECRET_ID')) return `the setting ${name} is named as the id of a secret is`;
  return undefined;
}

/** The variable that names the secret of a setting. */
export function toSecretIdVariable(name: string): string {
  return `${name}_SECRET_ID`;
}

/** @returns What the environment lacks, each variable by its name and never with its value. */
export function findSettingProblems(declared: DeclaredSettings, env: Environment): readonly string[] {
  return Object.entries(declared).flatMap(([name, kind]) => {
    const variable = kind === 'secret' ? toSecretIdVariable(name) : name;
    const value = env[variable];
    const is = kind === 'secret' ? 'the Secrets Manager id of a setting' : 'a setting';
    if (value === undefined) return [`${variable} is missing: ${is} of a handler`];
    if (value.trim() === '') return [`${variable} is blank`];
    const isWrong = kind === 'secret' && !SECRET_ID.test(value.trim());
    return isWrong ? [`${variable} is not the name or ARN of a secret`] : [];
  });
}

/** What Secrets Manager takes for the name or the ARN of a secret. */
export const SECRET_ID = /^[\w/+=.@!:-]{1,2048}$/;

/** Under this key a built handler table carries what its handlers declare: a function knows it before it loads them. */
export const DECLARED: unique symbol = Symbol.for('hookmint.settings');

/** @returns Nothing for a table that was not built: each handler then meets what it lacks when it runs. */
export function readDeclared(table: object): DeclaredSettings {
  const declared: unknown = Reflect.get(table, DECLARED);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the build wrote it
  return (declared ?? {}) as DeclaredSettings;
}
