/**
 * Stands in for AWS CloudFormation: the query protocol on loopback, as far as the outputs of stacks go.
 *
 * Source: AWS docs, "DescribeStacks", and what the SDK's client takes.
 */
import { randomUUID } from 'node:crypto';
import { type HttpOutcome, type HttpReply, type HttpRequest, listen } from '../http/server.ts';

export interface CloudFormation {
  /** What `AWS_ENDPOINT_URL_CLOUDFORMATION` is set to. */
  readonly url: string;
  /** Each action that was asked for. */
  readonly calls: readonly string[];
  /** What the next requests meet instead of an answer. */
  readonly faults: { next(fault: CloudFormationFault, times?: number): void };
  /** Makes or changes a stack. */
  put(name: string, outputs: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

type CloudFormationFault = 'access-denied' | 'throttling' | 'internal' | 'reset';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

export async function createCloudFormation(): Promise<CloudFormation> {
  const stacks = new Map<string, Readonly<Record<string, string>>>();
  const calls: string[] = [];
  const faults: CloudFormationFault[] = [];

  async function answer({ headers, body }: HttpRequest): Promise<HttpOutcome> {
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    calls.push(action);
    const fault = faults.shift();
    if (fault === 'reset') return 'reset';
    if (fault !== undefined) return refuse(...FAULTS[fault]);
    if (headers.authorization === undefined) {
      return refuse(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
    }
    if (action !== 'DescribeStacks') {
      return refuse(400, 'InvalidAction', `Could not find operation ${action} for version 2010-05-15`);
    }
    return describe(form.get('StackName') ?? '', stacks);
  }

  const server = await listen(answer);
  return {
    url: server.url,
    calls,
    faults: { next: (fault, times = 1) => void faults.push(...Array.from({ length: times }, () => fault)) },
    put: (name, outputs) => void stacks.set(name, outputs),
    close: () => server.close(),
  };
}

const FAULTS: Readonly<Record<Exclude<CloudFormationFault, 'reset'>, [number, string, string]>> = {
  'access-denied': [
    403,
    'AccessDenied',
    'User: arn:aws:sts::123456789012:assumed-role/local/local is not authorized to perform: cloudformation:DescribeStacks',
  ],
  throttling: [400, 'Throttling', 'Rate exceeded'],
  internal: [500, 'InternalFailure', 'The request processing has failed.'],
};

function describe(name: string, stacks: ReadonlyMap<string, Readonly<Record<string, string>>>): HttpReply {
  if (!/^[a-zA-Z][-a-zA-Z0-9]*$/.test(name)) {
    return refuse(
      400,
      'ValidationError',
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint`,
    );
  }
  const outputs = stacks.get(name);
  // A stack that was deleted is not found by its name either.
  if (outputs === undefined) return refuse(400, 'ValidationError', `Stack with id ${name} does not exist`);
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${escape(key)}</OutputKey><OutputValue>${escape(value)}</OutputValue></member>`,
  );
  return reply(
    200,
    `<DescribeStacksResponse xmlns="${NAMESPACE}"><DescribeStacksResult><Stacks><member>` +
      `<StackName>${name}</StackName><CreationTime>2026-01-01T00:00:00.000Z</CreationTime>` +
      `<StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs>` +
      `</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
}

function refuse(status: number, code: string, message: string): HttpReply {
  const type = status < 500 ? 'Sender' : 'Receiver';
  return reply(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${type}</Type><Code>${code}</Code>` +
      `<Message>${escape(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}

function reply(status: number, body: string): HttpReply {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': randomUUID() }, body };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
