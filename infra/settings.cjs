/**
 * The parameters of serverless.yml, checked, and what follows from them. Runs while osls or the
 * Serverless Framework reads that file, so that nothing wrong is packaged.
 */

const { readDeclared, toHandlerSettings, toParameters } = require('./handler-settings.cjs');
const { PARAMETERS } = require('./parameters.cjs');

/** @typedef {(variable: string) => Promise<string | number | boolean | null>} ResolveVariable */
/** @typedef {(keys: string[]) => Promise<unknown>} ResolveProperty Reads serverless.yml. */
/** @typedef {Readonly<Record<keyof typeof PARAMETERS, string>>} Params As texts, whether from YAML or `--param`. */
/** @typedef {Readonly<Record<string, { default: string, must: string, accepts: (value: string) => boolean }>>} Known */

/** Any of these alone means that no delivery is handled, or that nothing is asked for again. */
const NOT_WORKING = ['WebhookErrorsAlarm', 'IdentityFailuresAlarm', 'SweepSilentAlarm'];
const NOT_WORKING_QUEUED = [...NOT_WORKING, 'WorkerErrorsAlarm', 'QueueAgeAlarm'];

/** An Enterprise Server, whose API lives at this path, waits for 30 s; every other GitHub for 10 s. */
const ENTERPRISE_SERVER = /\/api\/v3\/?$/;

/** What a handler's setting is named like. Which there are is known when the functions have been built. */
const SETTING = /^[A-Z][A-Z0-9_]*$/;

/** A collector in the function's own environment, which sends on with the function's rights. */
const LOCAL_COLLECTOR = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?\/?$/;

/**
 * @param {{
 *   resolveVariable: ResolveVariable,
 *   resolveConfigurationProperty: ResolveProperty,
 *   options?: { param?: string | string[] },
 * }} context
 * @returns {Promise<object>} The settings, for `${self:custom.settings.NAME}`.
 * @throws Error That names every parameter at fault.
 */
module.exports = async ({ resolveVariable, resolveConfigurationProperty, options = {} }) => {
  const declared = readDeclared();
  const known = { ...PARAMETERS, ...toParameters(declared ?? {}) };
  const names = Object.keys(known);
  const values = await Promise.all(names.map((name) => resolveVariable(`param:${name}, null`)));
  const params = /** @type {Params} */ (
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names are those of PARAMETERS
    Object.fromEntries(
      Object.entries(known).map(([name, each], index) => [name, String(values[index] ?? each.default)]),
    )
  );
  const typed = [options.param ?? []].flat().map((text) => text.split('=')[0] ?? '');
  const stages = Object.values(Object(await resolveConfigurationProperty(['params'])));
  const written = stages.flatMap((stage) => Object.keys(Object(stage)));
  const named = [...typed, ...written].filter((name) => declared !== undefined || !SETTING.test(name));
  const problems = [...findUnknown(named, known), ...findProblems(params, known)];
  if (problems.length > 0) throw withoutStack(`the parameters are not usable: ${problems.join('; ')}.`);
  return { ...toSettings(params), handlerSettings: toHandlerSettings(declared ?? {}, params) };
};

/** @param {Params} params */
function toSettings(params) {
  const { webhookSecretArn, alarmTopicArn, webhookConcurrency } = params;
  const enterpriseServer = ENTERPRISE_SERVER.test(params.githubApiUrl);
  const queued = params.shape === 'queued';
  return {
    shape: params.shape,
    frontDoor: params.domainName === '' ? 'url' : 'http-api',
    domainName: params.domainName,
    certificateArn: params.certificateArn,
    githubAppId: params.githubAppId,
    githubApiUrl: params.githubApiUrl,
    logLevel: params.logLevel,
    logRetentionDays: Number(params.logRetentionDays),
    release: `CodeDeployDefault.Lambda${params.release}`,
    // CodeDeploy begins nothing while one of its alarms is on: this is how a remedy gets out.
    releaseWatchesAlarms: params.release !== 'AllAtOnce',
    webhookTimeoutSeconds: enterpriseServer ? 30 : 10,
    webhookSlowMs: enterpriseServer ? 21_000 : 7_000,
    webhookConcurrency: webhookConcurrency === 'none' ? { Ref: 'AWS::NoValue' } : Number(webhookConcurrency),
    requestsPerSecond: toRequestsPerSecond(webhookConcurrency),
    workerConcurrency: Number(params.workerConcurrency),
    webhookSecret: webhookSecretArn || { Ref: 'WebhookSecret' },
    webhookSecretIs: webhookSecretArn ? 'given' : 'created',
    ...toPrivateKey(params),
    webhookSecretRotationDays: toRotationDays(params),
    webhookSecretRotates: toRotationDays(params) > 0 ? 'scheduled' : 'never',
    alarmTopicArn,
    alarmActions: alarmTopicArn ? [alarmTopicArn] : [],
    tracesEndpoint: params.tracesEndpoint || { Ref: 'AWS::NoValue' },
    tracesHeadersSecret: params.tracesHeadersSecretArn || { Ref: 'AWS::NoValue' },
    tracesGo: toTracesRights(params),
    functionRoles: (queued
      ? ['WebhookRole', 'SweeperRole', 'WorkerRole']
      : ['WebhookRole', 'SweeperRole']
    ).map((id) => ({ Ref: id })),
    budgetUsd: Number(params.budgetUsd),
    budgetIs: params.budgetUsd ? 'kept' : 'none',
    codeSigningConfigArn: params.codeSigningConfigArn,
    notWorkingRule: toAnyAlarm(queued ? NOT_WORKING_QUEUED : NOT_WORKING),
    ledgerTable: params.ledgerTableName || { Ref: 'LedgerTable' },
    ledgerTableIs: params.ledgerTableName ? 'given' : 'created',
    ledgerTableArn: params.ledgerTableName
      ? {
          'Fn::Sub': `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/${params.ledgerTableName}`,
        }
      : { 'Fn::GetAtt': ['LedgerTable', 'Arn'] },
    permissionsBoundary: params.permissionsBoundaryArn || { Ref: 'AWS::NoValue' },
    terminationProtection: params.terminationProtection === 'on',
    handlersLogGroup: queued ? 'WorkerLogGroup' : 'WebhookLogGroup',
  };
}

/**
 * A secret that the stack did not make may be that of another App or stage as well, which a rotation would cut off: it
 * rotates only where somebody said so.
 *
 * @param {Params} params
 */
function toRotationDays({ webhookSecretRotationDays, webhookSecretArn }) {
  if (webhookSecretRotationDays !== '') return Number(webhookSecretRotationDays);
  return webhookSecretArn === '' ? 90 : 0;
}

/**
 * Where the App's key is. A function has one variable for it, and a right to that alone.
 *
 * An alias is no resource that a right can name: every key is, under the condition that it was asked for by that alias. So
 * the alias can be moved to another key without a deployment.
 *
 * @param {Params} params
 */
function toPrivateKey({ privateKeySecretArn, privateKeyKmsKey }) {
  const none = { Ref: 'AWS::NoValue' };
  if (privateKeyKmsKey === '') {
    return {
      privateKeySecret: privateKeySecretArn || { Ref: 'PrivateKeySecret' },
      privateKeySecretIs: privateKeySecretArn ? 'given' : 'created',
      privateKeyKmsKey: none,
      privateKeyIs: 'inSecret',
    };
  }
  const isAlias = privateKeyKmsKey.startsWith('alias/');
  return {
    privateKeySecret: none,
    privateKeySecretIs: 'inKms',
    privateKeyKmsKey,
    privateKeyIs: 'inKms',
    privateKeyKmsArn: isAlias
      ? { 'Fn::Sub': 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*' }
      : privateKeyKmsKey,
    signingCondition: {
      'kms:SigningAlgorithm': 'RSASSA_PKCS1_V1_5_SHA_256',
      'kms:MessageType': 'RAW',
      ...(isAlias && { 'kms:RequestAlias': privateKeyKmsKey }),
    },
  };
}

/**
 * What the HTTP API lets through. A function URL does the same by itself: ten requests a second for each unit of
 * reserved concurrency. Source: Lambda docs, "Understanding Lambda function scaling".
 *
 * @param {string} concurrency
 */
function toRequestsPerSecond(concurrency) {
  return concurrency === 'none' ? 1000 : 10 * Number(concurrency);
}

/** @param {Params} params */
function toTracesRights({ tracesEndpoint, tracesHeadersSecretArn }) {
  if (LOCAL_COLLECTOR.test(tracesEndpoint)) return 'byCollector';
  return tracesHeadersSecretArn === '' ? 'otherwise' : 'withHeaders';
}

/**
 * The rule of a composite alarm, for `Fn::Sub`.
 *
 * @param {readonly string[]} alarms Their logical ids.
 */
function toAnyAlarm(alarms) {
  return alarms.map((id) => `ALARM("\${${id}}")`).join(' OR ');
}

/**
 * @param {Params} params
 * @param {Known} known
 * @returns {string[]}
 */
function findProblems(params, known) {
  /** @type {Readonly<Record<string, string>>} */
  const values = params;
  const wrong = Object.entries(known)
    .filter(([name, { accepts }]) => !accepts(values[name] ?? ''))
    .map(([name, { must }]) => `${name} must ${must}`);
  const { shape, webhookSecretArn, privateKeySecretArn, domainName, certificateArn } = params;
  if ((domainName === '') !== (certificateArn === ''))
    wrong.push('domainName and certificateArn must be given together');
  if (
    params.tracesHeadersSecretArn !== '' &&
    (params.tracesEndpoint === '' || LOCAL_COLLECTOR.test(params.tracesEndpoint))
  )
    wrong.push('tracesHeadersSecretArn needs a tracesEndpoint that is not beside the function');
  if (params.budgetUsd !== '' && params.alarmTopicArn === '')
    wrong.push('budgetUsd needs alarmTopicArn: somebody must be told');
  if (params.privateKeyKmsKey !== '' && privateKeySecretArn !== '')
    wrong.push('privateKeySecretArn and privateKeyKmsKey exclude one another: the App signs with one key');
  if (shape === 'queued' && webhookSecretArn !== '' && webhookSecretArn === privateKeySecretArn)
    wrong.push(
      'webhookSecretArn and privateKeySecretArn must differ: with a queue the public function must not be able to read the private key',
    );
  return wrong;
}

/**
 * A misspelt parameter would leave its default in force without a word.
 *
 * @param {string[]} names From the command line, and from `params`.
 * @param {Known} known
 */
function findUnknown(names, known) {
  return names
    .filter((name) => !(name in known))
    .map((name) => `${name} is not one of ${Object.keys(known).join(', ')}`);
}

/**
 * osls shows a stack where there is one.
 *
 * @param {string} message
 */
function withoutStack(message) {
  return Object.assign(new Error(message), { stack: '' });
}
