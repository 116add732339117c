/** What CloudFormation calls to make each kind of resource and to take it away, and what the resource is called. */

/** A new kind of resource needs a line here, and in the policy. What stays when the stack goes is not deleted. */
export const MADE_BY: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['apigateway:POST', 'apigateway:DELETE'],
  'AWS::ApiGatewayV2::ApiMapping': ['apigateway:POST', 'apigateway:DELETE'],
  // The first one of an account makes a service-linked role.
  'AWS::ApiGatewayV2::DomainName': ['apigateway:POST', 'apigateway:DELETE'],
  'AWS::ApiGatewayV2::Integration': ['apigateway:POST', 'apigateway:DELETE'],
  'AWS::ApiGatewayV2::Route': ['apigateway:POST', 'apigateway:DELETE'],
  'AWS::ApiGatewayV2::Stage': ['apigateway:POST', 'apigateway:DELETE'],
  'AWS::Budgets::Budget': ['budgets:ModifyBudget', 'budgets:ViewBudget', 'budgets:TagResource'],
  'AWS::CloudWatch::Alarm': [
    'cloudwatch:PutMetricAlarm',
    'cloudwatch:DeleteAlarms',
    'cloudwatch:TagResource',
  ],
  'AWS::CloudWatch::CompositeAlarm': [
    'cloudwatch:PutCompositeAlarm',
    'cloudwatch:DeleteAlarms',
    'cloudwatch:TagResource',
  ],
  'AWS::CloudWatch::Dashboard': ['cloudwatch:PutDashboard', 'cloudwatch:DeleteDashboards'],
  'AWS::CodeDeploy::Application': [
    'codedeploy:CreateApplication',
    'codedeploy:DeleteApplication',
    'codedeploy:TagResource',
  ],
  'AWS::CodeDeploy::DeploymentGroup': [
    'codedeploy:CreateDeploymentGroup',
    'codedeploy:UpdateDeploymentGroup',
    'codedeploy:DeleteDeploymentGroup',
    'codedeploy:CreateDeployment',
    'codedeploy:GetDeployment',
    'codedeploy:StopDeployment',
  ],
  'AWS::DynamoDB::Table': [
    'dynamodb:CreateTable',
    'dynamodb:UpdateTable',
    'dynamodb:UpdateTimeToLive',
    'dynamodb:UpdateContinuousBackups',
    'dynamodb:TagResource',
  ],
  'AWS::IAM::Policy': ['iam:PutRolePolicy', 'iam:DeleteRolePolicy'],
  'AWS::IAM::Role': [
    'iam:CreateRole',
    'iam:PutRolePolicy',
    'iam:PutRolePermissionsBoundary',
    'iam:TagRole',
    'iam:PassRole',
    'iam:DeleteRolePolicy',
    'iam:DeleteRole',
  ],
  'AWS::Lambda::Alias': ['lambda:CreateAlias', 'lambda:UpdateAlias', 'lambda:DeleteAlias'],
  'AWS::Lambda::EventInvokeConfig': [
    'lambda:PutFunctionEventInvokeConfig',
    'lambda:DeleteFunctionEventInvokeConfig',
  ],
  'AWS::Lambda::EventSourceMapping': ['lambda:CreateEventSourceMapping', 'lambda:DeleteEventSourceMapping'],
  'AWS::Lambda::Function': [
    'lambda:CreateFunction',
    'lambda:UpdateFunctionCode',
    'lambda:UpdateFunctionConfiguration',
    'lambda:PutFunctionConcurrency',
    'lambda:TagResource',
    'lambda:DeleteFunction',
  ],
  'AWS::Lambda::Permission': ['lambda:AddPermission', 'lambda:RemovePermission'],
  'AWS::Lambda::Url': ['lambda:CreateFunctionUrlConfig', 'lambda:DeleteFunctionUrlConfig'],
  'AWS::Lambda::Version': ['lambda:PublishVersion'],
  'AWS::Logs::LogGroup': [
    'logs:CreateLogGroup',
    'logs:PutRetentionPolicy',
    'logs:DeleteLogGroup',
    'logs:TagResource',
    'logs:DescribeLogGroups',
    'logs:DescribeIndexPolicies',
    'logs:DescribeResourcePolicies',
  ],
  'AWS::Logs::MetricFilter': ['logs:PutMetricFilter', 'logs:DeleteMetricFilter'],
  'AWS::S3::Bucket': [
    's3:CreateBucket',
    's3:PutEncryptionConfiguration',
    's3:PutBucketTagging',
    's3:DeleteBucket',
  ],
  'AWS::S3::BucketPolicy': ['s3:PutBucketPolicy', 's3:DeleteBucketPolicy'],
  'AWS::SQS::Queue': ['sqs:CreateQueue', 'sqs:SetQueueAttributes', 'sqs:DeleteQueue', 'sqs:TagQueue'],
  'AWS::SQS::QueuePolicy': ['sqs:SetQueueAttributes'],
  'AWS::Scheduler::Schedule': ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
  'AWS::SecretsManager::RotationSchedule': [
    'secretsmanager:RotateSecret',
    'secretsmanager:CancelRotateSecret',
    'secretsmanager:DescribeSecret',
  ],
  // A deployment that fails at its first attempt takes them away again.
  'AWS::SecretsManager::Secret': [
    'secretsmanager:CreateSecret',
    'secretsmanager:UpdateSecret',
    'secretsmanager:TagResource',
    'secretsmanager:DeleteSecret',
  ],
};

export interface StackResource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>> | undefined;
}

const REGION = 'eu-west-1';
const ACCOUNT = '123456789012';

/** Where a resource has no name of its own, CloudFormation makes one of stack and logical id. */
export function toArn(
  stack: string,
  { id, type, properties = {} }: StackResource,
  all: Readonly<Record<string, { readonly Properties?: Readonly<Record<string, unknown>> }>>,
): string {
  const generated = `${stack}-${id}-1ABCDEF2GHIJK`;
  const named = (key: string, of = properties): string =>
    typeof of[key] === 'string' ? of[key].replace('hookmint-prod', stack) : generated;
  const referred = (key: string): Readonly<Record<string, unknown>> => {
    const { Ref: target = '' } = Object(properties[key]);
    return all[target]?.Properties ?? {};
  };
  const regional = (service: string, rest: string): string =>
    `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
  const [, service = '', kind = ''] = type.split('::');
  switch (service) {
    case 'Lambda': {
      const ofAlias = 'FunctionName' in referred('FunctionName') ? referred('FunctionName') : properties;
      const name =
        typeof ofAlias['FunctionName'] === 'string' ? named('FunctionName', ofAlias) : `${stack}-webhook`;
      return regional('lambda', `function:${name}${kind === 'Function' ? '' : ':live'}`);
    }
    case 'IAM':
      return `arn:aws:iam::${ACCOUNT}:role/${kind === 'Policy' ? `${stack}-ReleaseRole-1ABCDEF2GHIJK` : generated}`;
    case 'Logs': {
      const name =
        kind === 'LogGroup' ? named('LogGroupName') : named('LogGroupName', referred('LogGroupName'));
      return regional('logs', `log-group:${name}`);
    }
    case 'CloudWatch':
      return kind === 'Dashboard'
        ? `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${stack}-${REGION}`
        : regional('cloudwatch', `alarm:${generated}`);
    case 'Budgets':
      return `arn:aws:budgets::${ACCOUNT}:budget/${stack}-${REGION}`;
    case 'CodeDeploy': {
      const application = `${stack}-ReleaseApplication-1ABCDEF2GHIJK`;
      return regional(
        'codedeploy',
        kind === 'Application' ? `application:${application}` : `deploymentgroup:${application}/${generated}`,
      );
    }
    case 'SQS':
      return regional('sqs', kind === 'Queue' ? named('QueueName') : `${stack}-deliveries`);
    case 'S3':
      return `arn:aws:s3:::${stack}-serverlessdeploymentbucket-1abcdef2ghijk`;
    case 'DynamoDB':
      return regional('dynamodb', `table/${generated}`);
    case 'Scheduler':
      return regional('scheduler', `schedule/default/${generated}`);
    case 'SecretsManager':
      // The one kind whose generated name has no stack in it.
      return regional(
        'secretsmanager',
        `secret:${kind === 'Secret' ? id : Object(properties['SecretId']).Ref}-AbCdEfGhIjKl-MnOpQr`,
      );
    case 'ApiGatewayV2':
      return `arn:aws:apigateway:${REGION}::${kind === 'DomainName' ? '/domainnames' : '/apis'}`;
    default:
      throw new Error(`${type} has no ARN in made-by.ts`);
  }
}
