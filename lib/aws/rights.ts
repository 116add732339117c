/**
 * Which actions of AWS each part of this folder needs. The calls of the functions, and their client of Secrets Manager, refuse
 * to send anything else, so that the list is complete; the roles in infra/ are held against it, so that they allow all of it
 * and no more.
 */

import type { AwsCall } from './call.ts';

/** By part, the actions as IAM names them. */
export const RIGHTS = {
  secretReader: ['secretsmanager:GetSecretValue'],
  kmsSigner: ['kms:Sign'],
  rotation: [
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecretVersionStage',
  ],
  ledger: ['dynamodb:GetItem', 'dynamodb:PutItem'],
  ledgerReader: ['dynamodb:GetItem'],
  sweepStore: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  queueWriter: ['sqs:SendMessage'],
  queueDepth: ['sqs:GetQueueAttributes'],
  queueReader: [
    'sqs:ChangeMessageVisibility',
    'sqs:GetQueueAttributes',
    'sqs:GetQueueUrl',
    'sqs:SendMessage',
  ],
} as const;

export type Part = keyof typeof RIGHTS;

/** What matters here of the SDK's clients, each of which has types of its own for it. */
interface Client {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly step: 'initialize'; readonly name: string }): void;
  };
}

type Middleware = <Next>(next: Next, context: { readonly commandName?: string }) => Next;

/**
 * The call, for the operations of this part alone.
 *
 * @throws Error On every other operation, before anything is sent.
 */
export function heldTo<O>(part: Part, call: AwsCall<O>): AwsCall<O> {
  const rights = listRights(part);
  return (operation, input, signal) =>
    rights.has(operation)
      ? call(operation, input, signal)
      : Promise.reject(new Error(`${part} has no right to ${operation}`));
}

/**
 * The client, which from now on sends the commands of this part alone.
 *
 * @throws Error On every other command, before anything is sent.
 */
export function clientHeldTo<Held extends Client>(part: Part, client: Held): Held {
  const rights = listRights(part);
  const refuseOthers: Middleware = (next, { commandName = 'a command without a name' }) => {
    if (!rights.has(commandName.replace(/Command$/, '')))
      throw new Error(`${part} has no right to ${commandName}`);
    return next;
  };
  client.middlewareStack.add(refuseOthers, { step: 'initialize', name: 'heldToRights' });
  return client;
}

function listRights(part: Part): ReadonlySet<string> {
  return new Set(RIGHTS[part].map((action) => action.slice(action.indexOf(':') + 1)));
}
