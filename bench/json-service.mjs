/**
 * DynamoDB and SQS as far as the functions use them, answered at once: a stand-in that takes more CPU than what is
 * measured would decide how many deliveries a second there are. That calls are right, the tests show against
 * stand-ins that know the whole of AWS's rules.
 */
import { createHash, randomUUID } from 'node:crypto';

/** @typedef {Record<string, Record<string, unknown>>} Item */
/** @typedef {(input: any) => object} Operation */

/** Most records that are kept: later ones push out the oldest, so that a long run does not fill the memory. */
const MOST_ITEMS = 50_000;

/** What is refused. */
export class Refusal extends Error {
  /**
   * @param {string} type
   * @param {string} message
   */
  constructor(type, message) {
    super(message);
    this.type = type;
  }
}

/** @returns {Record<string, Operation>} Operations by the name in `X-Amz-Target`. */
export function createDynamoDB() {
  /** @type {Map<string, Item>} */
  const items = new Map();
  return {
    'DynamoDB_20120810.GetItem': ({ Key }) => {
      const item = items.get(Key.id.S);
      return item === undefined ? {} : { Item: item };
    },
    'DynamoDB_20120810.PutItem': (input) => {
      const { Item: item } = input;
      const id = item.id.S;
      if (!holds(input, items.get(id)))
        throw new Refusal(
          'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
          'The conditional request failed',
        );
      items.delete(id);
      items.set(id, item);
      const [oldest] = items.keys();
      if (items.size > MOST_ITEMS && oldest !== undefined) items.delete(oldest);
      return {};
    },
  };
}

/** @returns {{ operations: Record<string, Operation>, count: () => number }} count: messages sent so far. */
export function createSqs() {
  let sent = 0;
  return {
    count: () => sent,
    operations: {
      'AmazonSQS.SendMessage': ({ MessageBody }) => {
        sent += 1;
        return {
          MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
          MessageId: randomUUID(),
        };
      },
    },
  };
}

/**
 * Of DynamoDB's language of conditions what the ledger's writes are made of.
 *
 * @param {{ ConditionExpression?: string, ExpressionAttributeNames?: Record<string, string>, ExpressionAttributeValues?: Item }} input
 * @param {Item | undefined} item
 */
function holds(
  {
    ConditionExpression: text = '',
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  },
  item,
) {
  return text
    .split(' AND ')
    .filter((term) => term !== '')
    .every((term) => {
      const [, absent] = /^attribute_not_exists\(([#\w]+)\)$/.exec(term) ?? [];
      if (absent !== undefined) return item?.[names[absent] ?? absent] === undefined;
      const [, name = '', value = ''] = /^([#\w]+) = (:\w+)$/.exec(term) ?? [];
      if (name === '')
        throw new Refusal('ValidationException', `not a condition that this stand-in knows: ${term}`);
      return JSON.stringify(item?.[names[name] ?? name]) === JSON.stringify(values[value]);
    });
}
