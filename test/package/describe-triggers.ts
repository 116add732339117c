/** What may call which function, with what; what each is told; and what must be there before what. */
import { expect, it } from 'vitest';
import { ofType, type Packaged } from './packaged.ts';
import { toArn, toRef } from './references.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:both-AbCdEf';

const EVERY = {
  GITHUB_APP_ID: '',
  GITHUB_API_URL: 'https://api.github.com',
  LOG_LEVEL: 'info',
  OTEL_EXPORTER_OTLP_ENDPOINT: toRef('AWS::NoValue'),
  OTEL_EXPORTER_OTLP_HEADERS_SECRET_ID: toRef('AWS::NoValue'),
};
const WITH_APP = {
  ...EVERY,
  GITHUB_APP_ID: 'Iv23ctTestClientId00',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318',
};
const ENTERPRISE = {
  ...EVERY,
  GITHUB_API_URL: 'https://github.example.com/api/v3',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'https://traces.example.com',
  OTEL_EXPORTER_OTLP_HEADERS_SECRET_ID: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:traces-AbCdEf',
};
const HOOK = { WEBHOOK_SECRET_ID: toRef('WebhookSecret') };
const NOT_IN_KMS = { PRIVATE_KEY_KMS_KEY_ID: toRef('AWS::NoValue') };
const KEY = { PRIVATE_KEY_SECRET_ID: toRef('PrivateKeySecret'), ...NOT_IN_KMS };
const GIVEN_HOOK = { WEBHOOK_SECRET_ID: SECRET };
const GIVEN_KEY = { PRIVATE_KEY_SECRET_ID: SECRET, ...NOT_IN_KMS };
const ROTATING = {
  ...HOOK,
  ...KEY,
  OTEL_EXPORTER_OTLP_ENDPOINT: toRef('AWS::NoValue'),
  OTEL_EXPORTER_OTLP_HEADERS_SECRET_ID: toRef('AWS::NoValue'),
};
const LEDGER = { LEDGER_TABLE: toRef('LedgerTable') };
const GIVEN_LEDGER = { LEDGER_TABLE: 'restored-ledger' };
const QUEUE = { DELIVERY_QUEUE_URL: toRef('DeliveryQueue') };

/** By package and function: its whole environment. */
const ENVIRONMENTS = {
  'queued, function URL': {
    WebhookLambdaFunction: { ...EVERY, ...HOOK, ...QUEUE },
    WorkerLambdaFunction: { ...EVERY, ...KEY, ...LEDGER, ...QUEUE },
    SweeperLambdaFunction: { ...EVERY, ...KEY, ...LEDGER, ...QUEUE },
    RotatorLambdaFunction: { ...EVERY, ...ROTATING },
  },
  'queued, HTTP API': {
    WebhookLambdaFunction: { ...WITH_APP, ...HOOK, ...QUEUE },
    WorkerLambdaFunction: { ...WITH_APP, ...KEY, ...GIVEN_LEDGER, ...QUEUE },
    SweeperLambdaFunction: { ...WITH_APP, ...KEY, ...GIVEN_LEDGER, ...QUEUE },
  },
  'inline, function URL': {
    WebhookLambdaFunction: { ...EVERY, ...HOOK, ...KEY, ...LEDGER },
    SweeperLambdaFunction: { ...EVERY, ...KEY, ...LEDGER },
    RotatorLambdaFunction: { ...EVERY, ...ROTATING },
  },
  'inline, HTTP API': {
    WebhookLambdaFunction: { ...ENTERPRISE, ...GIVEN_HOOK, ...GIVEN_KEY, ...LEDGER },
    SweeperLambdaFunction: { ...ENTERPRISE, ...GIVEN_KEY, ...LEDGER },
    RotatorLambdaFunction: { ...ENTERPRISE, ...ROTATING, ...GIVEN_HOOK, ...GIVEN_KEY },
  },
};

const WEBHOOK_BY_URL = {
  WebhookUrl: { AuthType: 'NONE', TargetFunctionArn: toArn('WebhookLambdaFunction'), Qualifier: 'live' },
  WebhookUrlPermission: {
    FunctionName: toRef('WebhookAlias'),
    Action: 'lambda:InvokeFunctionUrl',
    FunctionUrlAuthType: 'NONE',
    Principal: '*',
  },
  WebhookUrlInvokePermission: {
    FunctionName: toRef('WebhookAlias'),
    Action: 'lambda:InvokeFunction',
    InvokedViaFunctionUrl: true,
    Principal: '*',
  },
};

const WEBHOOK_BY_API = {
  HttpApi: { Name: 'hookmint-prod', ProtocolType: 'HTTP', DisableExecuteApiEndpoint: true },
  HttpApiIntegration: {
    ApiId: toRef('HttpApi'),
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: toRef('WebhookAlias'),
    PayloadFormatVersion: '2.0',
    TimeoutInMillis: 30_000,
  },
  HttpApiRoute: {
    ApiId: toRef('HttpApi'),
    RouteKey: '$default',
    Target: { 'Fn::Join': ['/', ['integrations', toRef('HttpApiIntegration')]] },
  },
  HttpApiStage: {
    ApiId: toRef('HttpApi'),
    StageName: '$default',
    AutoDeploy: true,
    DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
    AccessLogSettings: {
      DestinationArn: toArn('HttpApiLogGroup'),
      Format: expect.stringContaining('"error":"$context.integrationErrorMessage"'),
    },
  },
  HttpApiPermission: {
    FunctionName: toRef('WebhookAlias'),
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: {
      'Fn::Sub': 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*',
    },
  },
  Domain: {
    DomainName: 'hooks.example.com',
    DomainNameConfigurations: [
      {
        CertificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/0d1e2f3a-4b5c',
        EndpointType: 'REGIONAL',
        SecurityPolicy: 'TLS_1_2',
      },
    ],
  },
  DomainMapping: { ApiId: toRef('HttpApi'), DomainName: toRef('Domain'), Stage: '$default' },
};

const WORKER_BY_QUEUE = {
  WorkerFeed: {
    EventSourceArn: toArn('DeliveryQueue'),
    FunctionName: toRef('WorkerAlias'),
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 10 },
  },
};

const SWEEPER_BY_SCHEDULE = {
  SweepSchedule: {
    Description: 'Runs the sweeper of hookmint-prod',
    ScheduleExpression: 'rate(5 minutes)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: toRef('SweeperAlias'),
      RoleArn: toArn('SweepScheduleRole'),
      RetryPolicy: { MaximumRetryAttempts: 0 },
    },
  },
  SweeperInvokeConfig: {
    FunctionName: toRef('SweeperLambdaFunction'),
    Qualifier: 'live',
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 240,
  },
};

const toRotator = (secret: unknown, days: number): object => ({
  RotatorPermission: {
    FunctionName: toRef('RotatorLambdaFunction'),
    Action: 'lambda:InvokeFunction',
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: toRef('AWS::AccountId'),
    SourceArn: secret,
  },
  WebhookSecretRotation: {
    SecretId: secret,
    RotationLambdaARN: toArn('RotatorLambdaFunction'),
    RotateImmediatelyOnUpdate: false,
    RotationRules: { AutomaticallyAfterDays: days },
  },
});
const ROTATOR_BY_SECRET = toRotator(toRef('WebhookSecret'), 90);
const ROTATOR_BY_GIVEN_SECRET = toRotator(SECRET, 30);

/** Whatever can lead to a function, or decides how. */
const TRIGGER =
  /^AWS::(?:ApiGatewayV2::|Scheduler::|Events::|SNS::|SecretsManager::RotationSchedule$|Lambda::(?:Url|Permission|EventSourceMapping|EventInvokeConfig)$)/;

const TRIGGERS = {
  'queued, function URL': {
    ...WEBHOOK_BY_URL,
    ...WORKER_BY_QUEUE,
    ...SWEEPER_BY_SCHEDULE,
    ...ROTATOR_BY_SECRET,
  },
  'queued, HTTP API': { ...WEBHOOK_BY_API, ...WORKER_BY_QUEUE, ...SWEEPER_BY_SCHEDULE },
  'inline, function URL': { ...WEBHOOK_BY_URL, ...SWEEPER_BY_SCHEDULE, ...ROTATOR_BY_SECRET },
  'inline, HTTP API': { ...WEBHOOK_BY_API, ...SWEEPER_BY_SCHEDULE, ...ROTATOR_BY_GIVEN_SECRET },
};

/** Orders that no reference tells CloudFormation of. The alias must be there before what names it `live`. */
const BY_URL = { WebhookUrl: ['WebhookAlias'] };
const BY_API = { DomainMapping: ['HttpApiStage'] };
const INLINE = { WebhookAlias: ['SweeperAlias'], SweeperInvokeConfig: ['SweeperAlias'] };
const QUEUED = {
  WebhookAlias: ['WorkerAlias', 'SweeperAlias'],
  SweeperInvokeConfig: ['SweeperAlias'],
  WorkerReleases: ['WorkerReleasePolicy'],
};
/** Whoever names a function for a rotation must be allowed to call it by then. */
const ROTATED = { WebhookSecretRotation: ['RotatorPermission'] };
const ORDERS = {
  'queued, function URL': { ...QUEUED, ...BY_URL, ...ROTATED },
  'queued, HTTP API': { ...QUEUED, ...BY_API },
  'inline, function URL': { ...INLINE, ...BY_URL, ...ROTATED },
  'inline, HTTP API': { ...INLINE, ...BY_API, ...ROTATED },
};

export function describeTriggers(of: (name: string) => Packaged): void {
  it.each(Object.entries(ENVIRONMENTS))(
    'tells each function what it needs, and no more, %s',
    (name, told) => {
      const functions = ofType(of(name).template, 'AWS::Lambda::Function');
      const environments = functions.map(({ id, Properties }) => [id, Properties['Environment'].Variables]);
      expect(Object.fromEntries(environments)).toEqual(told);
    },
  );

  it.each(Object.entries(TRIGGERS))(
    'leads every trigger to the alias of its function, and that of the rotator to itself, %s',
    (name, triggers) => {
      const found = Object.entries(of(name).template.Resources).filter(([, { Type }]) => TRIGGER.test(Type));
      expect(Object.fromEntries(found.map(([id, { Properties }]) => [id, Properties]))).toEqual(triggers);
    },
  );

  it.each(Object.entries(ORDERS))(
    'makes what is only named by a text before what names it, %s',
    (name, order) => {
      const told = Object.entries(of(name).template.Resources)
        .filter(([, { Type, DependsOn }]) => DependsOn !== undefined && Type !== 'AWS::Lambda::Function')
        .map(([id, { DependsOn = [] }]) => [id, [DependsOn].flat()]);
      expect(Object.fromEntries(told)).toEqual(order);
    },
  );
}
