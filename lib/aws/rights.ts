/**
 * Which actions of AWS each part of this folder needs. The clients of the functions refuse to send anything
 * else, so that the list is complete; the roles in infra/ are held against it, so that they allow all of it
 * and no more.
 */

export const RIGHTS = {
  secretReader: ['secretsmanager:GetSecretValue'],
  ledger: ['dynamodb:GetItem', 'dynamodb:PutItem'],
  sweepStore: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  queueWriter: ['sqs:SendMessage'],
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
 * The client, which from now on sends the commands of this part alone.
 *
 * @throws Error On every other command, before anything is sent.
 */
export function heldTo<Held extends Client>(part: Part, client: Held): Held {
  const commands = new Set(RIGHTS[part].map((action) => `${action.split(':')[1]}Command`));
  const refuseOthers: Middleware = (next, { commandName = 'a command without a name' }) => {
    if (!commands.has(commandName)) throw new Error(`${part} has no right to ${commandName}`);
    return next;
  };
  client.middlewareStack.add(refuseOthers, { step: 'initialize', name: 'heldToRights' });
  return client;
}
