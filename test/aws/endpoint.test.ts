import { describe, expect, it } from 'vitest';
import { toEndpoint } from '../../lib/aws/endpoint.ts';

describe('refuses', () => {
  it.each([
    { what: 'an environment without a region', env: {}, says: 'AWS_REGION' },
    { what: 'a region that is none', env: { AWS_REGION: 'eu.evil.example/' }, says: 'AWS_REGION' },
    {
      what: 'hosts that it does not know',
      env: { AWS_REGION: 'us-gov-west-1', AWS_USE_FIPS_ENDPOINT: 'true' },
      says: 'set AWS_ENDPOINT_URL_DYNAMODB',
    },
    {
      what: 'other hosts that it does not know',
      env: { AWS_REGION: 'eu-west-1', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      says: 'AWS_USE_DUALSTACK_ENDPOINT',
    },
  ])('$what', ({ env, says }) => {
    expect(() => toEndpoint('dynamodb', env)).toThrow(says);
  });
});

describe('calls', () => {
  it.each([
    { what: 'the host of the region', env: {}, url: 'https://sqs.eu-west-1.amazonaws.com/', named: false },
    {
      what: 'that of a region in China',
      env: { AWS_REGION: 'cn-north-1' },
      url: 'https://sqs.cn-north-1.amazonaws.com.cn/',
      named: false,
    },
    {
      what: 'the endpoint of every service',
      env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      url: 'http://127.0.0.1:9/',
      named: true,
    },
    {
      what: 'the endpoint of this service before it',
      env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ENDPOINT_URL_SQS: 'https://vpce.example/sqs' },
      url: 'https://vpce.example/sqs',
      named: true,
    },
    {
      what: 'what is named where hosts are asked for that it does not know',
      env: { AWS_USE_FIPS_ENDPOINT: 'true', AWS_ENDPOINT_URL_SQS: 'https://sqs-fips.example/' },
      url: 'https://sqs-fips.example/',
      named: true,
    },
  ])('$what', ({ env, url, named }) => {
    const endpoint = toEndpoint('sqs', { AWS_REGION: 'eu-west-1', ...env });
    expect([endpoint.url.href, endpoint.named]).toEqual([url, named]);
  });
});
