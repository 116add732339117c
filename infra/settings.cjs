/**
 * The parameters of serverless.yml, checked, and what follows from them. Runs while osls or the
 * Serverless Framework reads that file, so that nothing wrong is packaged.
 */

/** @typedef {(variable: string) => Promise<unknown>} ResolveVariable */
/** @typedef {(keys: string[]) => Promise<unknown>} ResolveProperty Reads serverless.yml. */
/** @typedef {Readonly<Record<keyof typeof PARAMETERS, string>>} Params As texts, whether from YAML or `--param`. */
/** @typedef {(value: string) => boolean} Accepts */

const SHAPES = ['inline', 'queued'];

/** Metrics are counted out of lines at `info`: without them alarms and dashboard would be blind. */
const LOG_LEVELS = ['debug', 'info'];

/** What CloudWatch Logs takes. Source: its API, `PutRetentionPolicy`. */
const RETENTIONS = '1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653'.split(
  ' ',
);

/** CodeDeploy's own configurations for Lambda, without `CodeDeployDefault.Lambda`. */
const RELEASE =
  /^(?:AllAtOnce|Canary10Percent(?:5|10|15|30)Minutes|Linear10PercentEvery(?:1Minute|(?:2|3|10)Minutes))$/;

const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@!-]+-\w{6}$/;
const CERTIFICATE_ARN = /^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/;
const TOPIC_ARN = /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/;

/** An Enterprise Server, whose API lives at this path, waits for 30 s; every other GitHub for 10 s. */
const ENTERPRISE_SERVER = /\/api\/v3\/?$/;

/**
 * What each must be, in words and as a check.
 *
 * @satisfies {Readonly<Record<string, { must: string, accepts: Accepts }>>}
 */
const PARAMETERS = {
  shape: { must: `be ${SHAPES.join(' or ')}`, accepts: (value) => SHAPES.includes(value) },
  githubAppId: {
    must: 'be a client id (Iv23…) or the number of an App',
    accepts: orEmpty(matches(/^(?:[1-9]\d*|[A-Za-z][\w.-]*)$/)),
  },
  githubApiUrl: { must: 'begin with https://', accepts: matches(/^https:\/\/\S+$/) },
  webhookSecretArn: { must: 'be the whole ARN of a secret', accepts: orEmpty(matches(SECRET_ARN)) },
  privateKeySecretArn: { must: 'be the whole ARN of a secret', accepts: orEmpty(matches(SECRET_ARN)) },
  domainName: { must: 'be a host name', accepts: orEmpty(matches(/^[a-z\d-]+(?:\.[a-z\d-]+)+$/)) },
  certificateArn: {
    must: 'be the ARN of a certificate in ACM',
    accepts: orEmpty(matches(CERTIFICATE_ARN)),
  },
  webhookConcurrency: { must: 'be a whole number, or none', accepts: matches(/^(?:\d+|none)$/) },
  workerConcurrency: {
    must: 'be a whole number from 2 to 1000, which SQS takes',
    accepts: (value) => /^\d+$/.test(value) && Number(value) >= 2 && Number(value) <= 1000,
  },
  release: {
    must: 'be AllAtOnce or the name of a canary, such as Canary10Percent5Minutes',
    accepts: matches(RELEASE),
  },
  alarmTopicArn: { must: 'be the ARN of an SNS topic', accepts: orEmpty(matches(TOPIC_ARN)) },
  logLevel: {
    must: `be ${LOG_LEVELS.join(' or ')}: the metrics are counted out of lines at info`,
    accepts: (value) => LOG_LEVELS.includes(value),
  },
  logRetentionDays: {
    must: `be one of ${RETENTIONS.join(', ')}`,
    accepts: (value) => RETENTIONS.includes(value),
  },
};

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
  const names = Object.keys(PARAMETERS);
  const values = await Promise.all(names.map((name) => resolveVariable(`param:${name}`)));
  const params = /** @type {Params} */ (
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names are those of PARAMETERS
    Object.fromEntries(names.map((name, index) => [name, String(values[index])]))
  );
  const given = [options.param ?? []].flat().map((text) => text.split('=')[0] ?? '');
  const stages = Object.values(Object(await resolveConfigurationProperty(['params'])));
  const written = stages.flatMap((stage) => Object.keys(Object(stage)));
  const problems = [...findUnknown([...given, ...written]), ...findProblems(params)];
  if (problems.length > 0) throw withoutStack(`the parameters are not usable: ${problems.join('; ')}.`);
  return toSettings(params);
};

/** @param {Params} params */
function toSettings(params) {
  const { webhookSecretArn, privateKeySecretArn, alarmTopicArn, webhookConcurrency } = params;
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
    workerConcurrency: Number(params.workerConcurrency),
    webhookSecret: webhookSecretArn || { Ref: 'WebhookSecret' },
    webhookSecretIs: webhookSecretArn ? 'given' : 'created',
    privateKeySecret: privateKeySecretArn || { Ref: 'PrivateKeySecret' },
    privateKeySecretIs: privateKeySecretArn ? 'given' : 'created',
    alarmActions: alarmTopicArn ? [alarmTopicArn] : [],
    handlersLogGroup: queued ? 'WorkerLogGroup' : 'WebhookLogGroup',
  };
}

/**
 * @param {Params} params
 * @returns {string[]}
 */
function findProblems(params) {
  /** @type {Readonly<Record<string, string>>} */
  const values = params;
  const wrong = Object.entries(PARAMETERS)
    .filter(([name, { accepts }]) => !accepts(values[name] ?? ''))
    .map(([name, { must }]) => `${name} must ${must}`);
  const { shape, webhookSecretArn, privateKeySecretArn, domainName, certificateArn } = params;
  if ((domainName === '') !== (certificateArn === ''))
    wrong.push('domainName and certificateArn must be given together');
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
 */
function findUnknown(names) {
  return names
    .filter((name) => !(name in PARAMETERS))
    .map((name) => `${name} is not one of ${Object.keys(PARAMETERS).join(', ')}`);
}

/** @type {(pattern: RegExp) => Accepts} */
function matches(pattern) {
  return (value) => pattern.test(value);
}

/** @type {(accepts: Accepts) => Accepts} */
function orEmpty(accepts) {
  return (value) => value === '' || accepts(value);
}

/**
 * osls shows a stack where there is one.
 *
 * @param {string} message
 */
function withoutStack(message) {
  return Object.assign(new Error(message), { stack: '' });
}
