/**
 * The inside of a contender's process: imports one bundle, as Lambda does at INIT, and invokes its
 * handler as told. Imports nothing itself, so that no contender finds a module warm.
 */
const [bundle = '', processId = ''] = process.argv.slice(2);

const boot = { mainMs: toMs(process.threadCpuUsage()), allMs: toMs(process.cpuUsage()) };
const endInit = startSpan();
const { handler } = await import(bundle);
const init = endInit();
process.send?.({ ready: true, loadMs: (init.toUs - init.fromUs) / 1000, boot, init });

process.on('disconnect', () => process.exit());
process.on('message', (/** @type {any} */ { event, count, inFlight }) => {
  invokeMany(event, count, inFlight).then(
    (result) => process.send?.(result),
    (error) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});

/** Every delivery has an id of its own: a ledger would take it for a copy. */
let sent = 0;

/**
 * @param {string} event A Lambda event in JSON, parsed anew for every invocation, as Lambda does, and not timed.
 * @param {number} count
 * @param {number} inFlight How many at the same time.
 */
async function invokeMany(event, count, inFlight) {
  const isBatch = event.startsWith('{"Records"');
  const timeMs = isBatch ? 60_000 : 10_000; // as the functions are deployed
  const ahead = inFlight > 1 || isBatch;
  const parsed = ahead ? Array.from({ length: count }, () => toEvent(event)) : [];
  /** @type {number[]} */
  const timesMs = [];
  /** @type {number[]} */
  const statuses = [];
  let next = 0;
  const endSpan = startSpan();
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, invokeNext));
  const span = endSpan();
  const { heapUsed } = process.memoryUsage();
  return {
    timesMs,
    totalMs: (span.toUs - span.fromUs) / 1000,
    span,
    statuses: [...new Set(statuses)],
    cpuMs: span.allMs,
    cpuSinceSpawnMs: toMs(process.cpuUsage()),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    heapBytes: heapUsed,
    handlerLoads: /** @type {any} */ (globalThis).handlerLoads ?? 0,
  };

  async function invokeNext() {
    while (next < count) {
      const index = next;
      next += 1;
      const endsAt = Date.now() + timeMs;
      const context = {
        awsRequestId: String(index),
        callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: () => endsAt - Date.now(),
      };
      const given = parsed[index] ?? toEvent(event);
      const beforeUs = readClockUs();
      const answer = await handler(given, context);
      timesMs[index] = (readClockUs() - beforeUs) / 1000;
      statuses[index] = toStatus(answer);
    }
  }
}

/** @returns {() => import('./child.mjs').Span} */
function startSpan() {
  const fromUs = readClockUs();
  const main = process.threadCpuUsage();
  const all = process.cpuUsage();
  return () => ({
    mainMs: toMs(process.threadCpuUsage(main)),
    allMs: toMs(process.cpuUsage(all)),
    fromUs,
    toUs: readClockUs(),
  });
}

/** The clock that V8 dates its samples with. `performance` would load a module of Node's within the first delivery. */
function readClockUs() {
  return Number(process.hrtime.bigint() / 1000n);
}

/** @param {NodeJS.CpuUsage} usage */
function toMs({ user, system }) {
  return (user + system) / 1000;
}

/** @param {any} answer A worker answers with the messages that go back to the queue. */
function toStatus({ statusCode, batchItemFailures }) {
  if (batchItemFailures === undefined) return statusCode;
  return batchItemFailures.length === 0 ? 200 : 500;
}

/** @param {string} text */
function toEvent(text) {
  const event = JSON.parse(text);
  if (event.Records !== undefined) return toBatch(event);
  event.headers['x-github-delivery'] += `-${processId}-${sent}`;
  event.requestContext.timeEpoch = Date.now();
  sent += 1;
  return event;
}

/** @param {any} batch An event of SQS's. */
function toBatch(batch) {
  for (const record of batch.Records) {
    const message = JSON.parse(record.body);
    if (message.logId === undefined) message.delivery.id += `-${processId}-${sent}`;
    record.body = JSON.stringify(message);
    record.messageId = `${processId}-${sent}`;
    record.attributes.SentTimestamp = `${Date.now()}`;
    sent += 1;
  }
  return batch;
}
