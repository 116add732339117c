/** Writes that DynamoDB makes only where their condition holds. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/**
 * Makes a conditional write.
 *
 * @returns undefined where its condition did not hold, and nothing was written.
 * @throws Whatever else the SDK throws: whether it was written is then unknown.
 */
export async function writeConditionally<T>(send: () => Promise<T>): Promise<T | undefined> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
