/** What a run would have cost: AWS's list prices of us-east-1, no free tier. Pure. */
import type { Measured } from './simulate.ts';

export interface CostLine {
  readonly what: string;
  /** Dollars for a million deliveries. */
  readonly usd: number;
}

/** Dollars. Sources: AWS's price pages for Lambda (arm64), SQS, DynamoDB on demand and CloudWatch Logs, us-east-1. */
const PRICE = {
  invocation: 0.2e-6,
  gigabyteSecond: 0.0000133334,
  sqsRequest: 0.4e-6,
  /** A message with a group on a standard queue: fair queues. */
  fairMessage: 0.1e-6,
  tableWrite: 0.625e-6,
  tableRead: 0.125e-6,
  logByte: 0.5e-9,
};

const MEMORY_GB = 0.5;

/** The webhook in front, which is not simulated: 25 ms and a log line for each delivery. */
const WEBHOOK_MS = 25;
const WEBHOOK_LOG_BYTES = 400;

/** Stack frames are switched off for speed: up to eight, of the length that they have in the bundle. */
const STACK_BYTES = 600;

/** Five pollers that ask three times a minute, whether or not there is something. */
const EMPTY_RECEIVES_PER_MINUTE = 15;

export function toCost({ sqs, lambda, table, log, virtualMs }: Measured): readonly CostLine[] {
  const { sends } = sqs;
  const million = 1e6 / sends;
  const emptyReceives = (virtualMs / 60_000) * EMPTY_RECEIVES_PER_MINUTE;
  const requests = sends + lambda.receives + emptyReceives + lambda.deletes + sqs.postpones;
  const logBytes = log.bytes + log.errors * STACK_BYTES + sends * WEBHOOK_LOG_BYTES;
  const gigabyteSeconds = ((lambda.billedMs + sends * WEBHOOK_MS) / 1000) * MEMORY_GB;
  return [
    { what: 'Lambda invocations', usd: (sends + lambda.invocations) * PRICE.invocation * million },
    { what: 'Lambda time', usd: gigabyteSeconds * PRICE.gigabyteSecond * million },
    { what: 'SQS', usd: (requests * PRICE.sqsRequest + sends * PRICE.fairMessage) * million },
    {
      what: 'DynamoDB',
      usd: (table.writes * PRICE.tableWrite + table.reads * PRICE.tableRead) * million,
    },
    { what: 'logs', usd: logBytes * PRICE.logByte * million },
  ];
}

export function total(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}
