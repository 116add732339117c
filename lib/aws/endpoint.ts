/** Where a service of AWS is called. Pure. */

/** Of the variables that the SDK knows, those that may be set for a function. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The services that we call by ourselves; all others are called by clients of the SDK. */
export type ServiceName = 'dynamodb' | 'sqs';

interface Endpoint {
  readonly url: URL;
  readonly region: string;
  /** Whether the environment names it: then no address in an answer or a setting counts. */
  readonly named: boolean;
}

/** Other hosts than those below: whoever needs them names the endpoint. */
const OTHER_HOSTS = ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'];

/**
 * As the SDK finds it: `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL_SQS`, `AWS_ENDPOINT_URL`, otherwise the
 * service's host in `AWS_REGION`.
 *
 * @throws Error Where the region is missing, or hosts are asked for that are not known here.
 */
export function toEndpoint(service: ServiceName, env: Environment): Endpoint {
  const region = env['AWS_REGION'];
  if (region === undefined || !/^[a-z\d-]+$/.test(region)) throw new Error('AWS_REGION names no region');
  const variable = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
  const named = findNamedEndpoint(variable, env);
  if (named) return { url: new URL(named), region, named: true };
  const other = OTHER_HOSTS.find((name) => isTrue(name, env));
  if (other !== undefined) throw new Error(`${other} has no effect on ${service}: set ${variable}`);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { url: new URL(`https://${service}.${region}.${suffix}`), region, named: false };
}

/** The address that the environment names. @param variable That of the service; the one of all services comes after it. */
export function findNamedEndpoint(variable: string, env: Environment): string | undefined {
  return env[variable] || env['AWS_ENDPOINT_URL'] || undefined;
}

/** Whether a switch of the SDK's is on. */
export function isTrue(variable: string, env: Environment): boolean {
  return env[variable]?.toLowerCase() === 'true';
}
