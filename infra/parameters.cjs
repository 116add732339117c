/** The parameters of the deployment as data. `settings.cjs` reads and checks what an app gives. */

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
const KMS_KEY = /^(?:arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+|alias\/(?!aws\/)[\w/-]{1,250})$/;
const CERTIFICATE_ARN = /^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/;
const TOPIC_ARN = /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/;

/**
 * What each is, what it is where nobody gives it, and what it must be, in words and as a check. The table of
 * docs/deploy.md is generated from here.
 *
 * @satisfies {Readonly<Record<string, { default: string, meaning: string, must: string, accepts: Accepts }>>}
 */
const PARAMETERS = {
  shape: {
    default: 'queued',
    meaning: 'or `inline`: no queue and no worker. Use the same in every stage',
    must: `be ${SHAPES.join(' or ')}`,
    accepts: (value) => SHAPES.includes(value),
  },
  githubAppId: {
    default: '',
    meaning: 'needed to deploy: client id or number of the App',
    must: 'be a client id (Iv23…) or the number of an App',
    accepts: orEmpty(matches(/^(?:[1-9]\d*|[A-Za-z][\w.-]*)$/)),
  },
  githubApiUrl: {
    default: 'https://api.github.com',
    meaning: 'see `GITHUB_API_URL` in [configuration.md](configuration.md)',
    must: 'begin with https://',
    accepts: matches(/^https:\/\/\S+$/),
  },
  webhookSecretArn: {
    default: '',
    meaning:
      'whole ARN of a secret that exists, in place of an empty one. One under a KMS key of your own also needs `kms:Decrypt` on that key for the role of each function that reads it, and where it rotates itself `kms:Decrypt` and `kms:GenerateDataKey` for `RotatorRole`',
    must: 'be the whole ARN of a secret',
    accepts: orEmpty(matches(SECRET_ARN)),
  },
  privateKeySecretArn: {
    default: '',
    meaning: 'the same. Queued it must be another one, or nothing is packaged',
    must: 'be the whole ARN of a secret',
    accepts: orEmpty(matches(SECRET_ARN)),
  },
  privateKeyKmsKey: {
    default: '',
    meaning:
      'ARN of a KMS key, or `alias/NAME`: it signs in place of a private key in a secret, and nobody can read it ([operations.md](operations.md#the-private-key-in-kms))',
    must: 'be the ARN of a KMS key, or alias/NAME',
    accepts: orEmpty(matches(KMS_KEY)),
  },
  webhookSecretRotationDays: {
    default: '',
    meaning:
      'how often the webhook secret becomes another by itself, in days. By default 90 for a secret that the stack made, and never for the one in `webhookSecretArn`: give days only if that secret belongs to this one App and stage, since nobody else hears of a new one. `0`, as for `dev`: never, and then there is neither function nor schedule for it ([operations.md](operations.md#rotating-the-webhook-secret))',
    must: 'be a whole number of days up to 1000, or 0',
    accepts: orEmpty((value) => /^\d{1,4}$/.test(value) && Number(value) <= 1000),
  },
  domainName: {
    default: '',
    meaning:
      'with `certificateArn`: an HTTP API under this domain in place of the function URL. Its DNS record must lead to the output `DomainTarget`',
    must: 'be a host name',
    accepts: orEmpty(matches(/^[a-z\d-]+(?:\.[a-z\d-]+)+$/)),
  },
  certificateArn: {
    default: '',
    meaning: 'of a certificate in ACM, in the same region',
    must: 'be the ARN of a certificate in ACM',
    accepts: orEmpty(matches(CERTIFICATE_ARN)),
  },
  webhookConcurrency: {
    default: '100',
    meaning:
      'how many deliveries at once, and a tenth of how many a second ([scale.md](scale.md#what-gets-in)), which bounds what strangers can cost. `none` if the account has too little concurrency to reserve any',
    must: 'be a whole number, or none',
    accepts: matches(/^(?:\d{1,4}|none)$/),
  },
  workerConcurrency: {
    default: '10',
    meaning: 'batches of ten deliveries at once, 2 to 1000',
    must: 'be a whole number from 2 to 1000, which SQS takes',
    accepts: (value) => /^\d+$/.test(value) && Number(value) >= 2 && Number(value) <= 1000,
  },
  release: {
    default: 'Canary10Percent5Minutes',
    meaning: "how a release takes over, in CodeDeploy's words; `AllAtOnce` looks at no alarm",
    must: 'be AllAtOnce or the name of a canary, such as Canary10Percent5Minutes',
    accepts: matches(RELEASE),
  },
  alarmTopicArn: {
    default: '',
    meaning: 'SNS topic that the alarms notify',
    must: 'be the ARN of an SNS topic',
    accepts: orEmpty(matches(TOPIC_ARN)),
  },
  tracesEndpoint: {
    default: '',
    meaning:
      'URL of a collector of OpenTelemetry, such as `http://localhost:4318` of a layer: the functions then send traces there ([traces.md](traces.md))',
    must: 'be the URL of a collector, without credentials, query or fragment',
    accepts: orEmpty(matches(/^https?:\/\/[^\s@?#]+$/)),
  },
  tracesHeadersSecretArn: {
    default: '',
    meaning:
      'whole ARN of a secret with the headers that the collector wants, such as a key ([traces.md](traces.md))',
    must: 'be the whole ARN of a secret',
    accepts: orEmpty(matches(SECRET_ARN)),
  },
  budgetUsd: {
    default: '',
    meaning:
      'what the stage may cost a month, in US dollars: AWS tells `alarmTopicArn` when it has cost four fifths of that, and when it is about to cost more ([operations.md](operations.md#a-budget))',
    must: 'be a number of dollars',
    accepts: orEmpty(matches(/^[1-9]\d{0,6}$/)),
  },
  codeSigningConfigArn: {
    default: '',
    meaning:
      "Lambda's code signing configuration that every function gets: only signed packages are deployed then ([below](#signed-packages))",
    must: 'be the ARN of a code signing configuration of Lambda',
    accepts: orEmpty(matches(/^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:code-signing-config:csc-[\da-f]{17}$/)),
  },
  ledgerTableName: {
    default: '',
    meaning:
      'a table that exists, in place of a new one: one that was restored, or that an earlier stack left ([operations.md](operations.md#bringing-the-table-back))',
    must: 'be the name of a DynamoDB table',
    accepts: orEmpty(matches(/^[\w.-]{3,255}$/)),
  },
  permissionsBoundaryArn: {
    default: '',
    meaning: 'policy that bounds every role of the stack, where IAM demands one of whoever deploys',
    must: 'be the ARN of a policy of IAM',
    accepts: orEmpty(matches(/^arn:aws[\w-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]+$/)),
  },
  terminationProtection: {
    default: 'off',
    meaning:
      'or `on`: the stack cannot be deleted, by `remove` as little as in the console, until this is `off` again',
    must: 'be on or off',
    accepts: (value) => value === 'on' || value === 'off',
  },
  logLevel: {
    default: 'info',
    meaning: 'or `debug`. Nothing quieter: the metrics are counted from lines at `info`',
    must: `be ${LOG_LEVELS.join(' or ')}: the metrics are counted out of lines at info`,
    accepts: (value) => LOG_LEVELS.includes(value),
  },
  logRetentionDays: {
    default: '30',
    meaning: 'how long CloudWatch keeps the logs',
    must: `be one of ${RETENTIONS.join(', ')}`,
    accepts: (value) => RETENTIONS.includes(value),
  },
};

/** @type {(pattern: RegExp) => Accepts} */
function matches(pattern) {
  return (value) => pattern.test(value);
}

/** @type {(accepts: Accepts) => Accepts} */
function orEmpty(accepts) {
  return (value) => value === '' || accepts(value);
}

module.exports = { PARAMETERS };
