/**
 * What stands in for AWS, in a process of its own and behind TLS as AWS is: the Secrets Manager and the KMS that tests use, and a
 * DynamoDB and an SQS that take next to no time. Each can be told to answer later, as the real ones do.
 */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createKms } from '../local/aws/kms.ts';
import { createSecretsManager } from '../local/aws/secrets-manager.ts';
import { createDynamoDB, createSqs, Refusal } from './json-service.mjs';

/** A client's pool must not run dry while others are measured. */
const IDLE_MS = 600_000;

const { key, cert, keys, secrets } = await new Promise((resolve) => {
  process.once('message', (/** @type {any} */ settings) => resolve(settings));
});

/** How much later each answers, in milliseconds. */
const delaysMs = { dynamodb: 0, sqs: 0, secretsManager: 0 };

const secretsManager = await createSecretsManager();
for (const [id, value] of Object.entries(secrets)) secretsManager.put(id, value);
const kms = await createKms();
for (const [alias, privateKeyPem] of Object.entries(keys)) kms.put(alias, privateKeyPem);
const sqs = createSqs();

const sqsUrl = await serve('sqs', sqs.operations);
process.send?.({
  secretsManagerUrl: await behindTls(secretsManager.url),
  kmsUrl: await behindTls(kms.url),
  dynamodbUrl: await serve('dynamodb', createDynamoDB()),
  sqsUrl,
  queueUrl: `${sqsUrl}/000000000000/hookmint-deliveries`,
});

process.on('disconnect', () => process.exit());
process.on('message', (/** @type {any} */ { id, delaysMs: wanted = {} }) => {
  Object.assign(delaysMs, wanted);
  process.send?.({ id, messages: sqs.count() });
});

/**
 * @param {'dynamodb' | 'sqs'} name
 * @param {Record<string, import('./json-service.mjs').Operation>} operations
 */
async function serve(name, operations) {
  const server = createHttpsServer({ key, cert, keepAliveTimeout: IDLE_MS }, (request, response) => {
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { status, body } = answer(
        operations,
        String(request.headers['x-amz-target']),
        Buffer.concat(chunks).toString(),
      );
      const text = JSON.stringify(body);
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'content-length': Buffer.byteLength(text),
      };
      const send = () => void response.writeHead(status, headers).end(text);
      if (delaysMs[name] === 0) send();
      else setTimeout(send, delaysMs[name]);
    });
  });
  return listen(server);
}

/**
 * @param {Record<string, import('./json-service.mjs').Operation>} operations
 * @param {string} target
 * @param {string} text
 */
function answer(operations, target, text) {
  try {
    const operation = operations[target];
    if (operation === undefined) throw new Refusal('UnknownOperationException', target);
    return { status: 200, body: operation(JSON.parse(text)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: 400, body: { __type: error.type, message: error.message } };
  }
}

/** @param {string} url */
async function behindTls(url) {
  const { hostname, port } = new URL(url);
  const server = createTlsServer({ key, cert, noDelay: true }, (socket) => {
    const inner = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.pipe(inner);
    inner.on('data', (chunk) => {
      const pass = () => void socket.write(chunk);
      if (delaysMs.secretsManager === 0) pass();
      else setTimeout(pass, delaysMs.secretsManager);
    });
    inner.on('end', () => socket.end());
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
  });
  return listen(server);
}

/** @param {import('node:net').Server} server */
async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `https://127.0.0.1:${address.port}`;
}
