/** Records of DynamoDB that are read or written side by side. */
const BATCH_SIZE = 25;

/** Does the work for each, a batch at a time. @throws What the work throws. */
export async function inBatches<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += BATCH_SIZE) {
    await Promise.all(all.slice(from, from + BATCH_SIZE).map(work));
  }
}
