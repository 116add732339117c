/**
 * The inside of a function's process: imports one built function and answers the invocations that
 * `lambda.ts` sends. Plain JavaScript, so that nothing but the function is loaded beside it.
 */
const [bundle = ''] = process.argv.slice(2);
/** @type {{ handler: (event: unknown, context: object) => Promise<unknown> }} */
const { handler } = await import(bundle);

/** @param {any} invocation `{ id: number, event: unknown, timeoutMs: number }` */
async function invoke({ id, event, timeoutMs }) {
  const endsAt = Date.now() + timeoutMs;
  const context = { awsRequestId: String(id), getRemainingTimeInMillis: () => endsAt - Date.now() };
  try {
    process.send?.({ id, result: await handler(event, context) });
  } catch (error) {
    process.send?.({
      id,
      error: error instanceof Error ? `${error.name}: ${error.message}` : 'not an Error',
    });
  }
}

process.on('message', (invocation) => void invoke(invocation));
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
