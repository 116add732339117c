/** What the commands' clients of the AWS SDK are made with. Credentials come as the SDK takes them: profiles, SSO, … */
import { LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import type { Deployed } from './deployed.ts';

/** A person waits: a silent connection costs seconds, not for ever. */
const LIMITS = {
  requestHandler: { connectionTimeout: 4_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

export function toAwsOptions(
  { region, endpoints }: Pick<Deployed, 'region' | 'endpoints'>,
  service: 'dynamodb' | 'sqs' | 'logs',
) {
  if (endpoints === undefined) return { ...LIMITS, region };
  const endpoint = service === 'logs' ? undefined : endpoints[service];
  return { ...LIMITS, ...LOCAL_AWS, ...(endpoint !== undefined && { endpoint }) };
}
