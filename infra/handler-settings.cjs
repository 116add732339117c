/**
 * What handlers declare that they need to be told, in the deployment: a parameter for each, the environment of the
 * functions that run handlers, empty secrets, and the right to read those alone. `hookmint build` writes the
 * declarations into dist/settings.json.
 */

const { readFileSync } = require('node:fs');
const path = require('node:path');

/** @typedef {Readonly<Record<string, 'text' | 'secret'>>} Declared */
/** @typedef {{ texts: Record<string, string>, secrets: Record<string, string> }} HandlerSettings Secrets as ARNs; '' for one to be made. */
/** @typedef {{ Type: string, DeletionPolicy?: string, UpdateReplacePolicy?: string, Properties?: Record<string, any> }} Resource */

/**
 * The part of a service that they change.
 *
 * @typedef {{
 *   functions: Record<string, { handler?: string, environment?: Record<string, unknown> }>,
 *   resources: { Resources: Record<string, Resource>, Outputs: Record<string, object> },
 * }} Service
 */

const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@!-]+-\w{6}$/;

/** @returns {Declared | undefined} undefined where nothing was built: what is removed need not be built. */
function readDeclared() {
  try {
    return JSON.parse(readFileSync(path.resolve('dist/settings.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * The parameters by which an app gives them, in the form of `parameters.cjs`.
 *
 * @param {Declared} declared
 */
function toParameters(declared) {
  return Object.fromEntries(
    Object.entries(declared).map(([name, kind]) =>
      kind === 'text'
        ? [name, { default: '', must: 'be a text', accepts: () => true }]
        : [
            toArnParameter(name),
            {
              default: '',
              must: 'be the whole ARN of a secret: the value itself never stands here',
              accepts: (/** @type {string} */ value) => value === '' || SECRET_ARN.test(value),
            },
          ],
    ),
  );
}

/** @param {string} name */
function toArnParameter(name) {
  return `${name}_SECRET_ARN`;
}

/**
 * @param {Declared} declared
 * @param {Readonly<Record<string, string>>} params
 * @returns {HandlerSettings}
 */
function toHandlerSettings(declared, params) {
  /** @type {HandlerSettings} */
  const settings = { texts: {}, secrets: {} };
  for (const [name, kind] of Object.entries(declared)) {
    if (kind === 'text') settings.texts[name] = params[name] ?? '';
    else settings.secrets[name] = params[toArnParameter(name)] ?? '';
  }
  return settings;
}

/**
 * @param {HandlerSettings} settings
 * @returns {string[]} Names of the texts that nobody gave.
 */
function findMissing({ texts }) {
  return Object.keys(texts).filter((name) => texts[name]?.trim() === '');
}

/**
 * Gives them to the functions that run handlers. The framework makes a new version of a function whose environment
 * has changed only where it finds that in the service, so it must be done before anything is compiled.
 *
 * @param {HandlerSettings} settings
 * @param {Service} service
 * @param {'inline' | 'queued'} shape
 */
function addTo({ texts, secrets }, { functions, resources }, shape) {
  const { Resources, Outputs } = resources;
  /** @type {Record<string, unknown>} */
  const environment = { ...texts };
  const arns = Object.entries(secrets).map(([name, given]) => {
    const id = toLogicalId(name);
    const arn = given === '' ? { Ref: id } : given;
    if (given === '') Resources[id] = toEmptySecret(name);
    Outputs[`${id}Arn`] = { Description: `Takes the setting ${name}`, Value: arn };
    environment[`${name}_SECRET_ID`] = arn;
    return arn;
  });
  for (const name of shape === 'queued' ? ['worker'] : ['webhook', 'sweeper']) {
    const one = functions[name];
    if (one === undefined) throw new Error(`there is no function ${name} to run handlers`);
    one.environment = { ...one.environment, ...environment };
    if (arns.length > 0) letRead(Resources, `${name[0]?.toUpperCase()}${name.slice(1)}Role`, arns);
  }
}

/** @param {string} name `NOTIFY_TOKEN` */
function toLogicalId(name) {
  const words = name.split('_').map((word) => word.slice(0, 1) + word.slice(1).toLowerCase());
  return `Setting${words.join('')}`;
}

/**
 * As infra/secrets.yml makes them: no value passes through a template.
 *
 * @param {string} name
 * @returns {Resource}
 */
function toEmptySecret(name) {
  return {
    Type: 'AWS::SecretsManager::Secret',
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: { Description: `Setting ${name} of handlers` },
  };
}

/**
 * @param {Record<string, Resource>} resources
 * @param {string} role
 * @param {unknown[]} arns
 */
function letRead(resources, role, arns) {
  const [policy] = resources[role]?.Properties?.['Policies'] ?? [];
  if (policy === undefined) throw new Error(`there is no ${role} that could read settings`);
  policy.PolicyDocument.Statement.push({
    Sid: 'ReadSettings', // lib/aws/secrets-manager.ts
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: arns,
  });
}

module.exports = { addTo, findMissing, readDeclared, toHandlerSettings, toParameters };
