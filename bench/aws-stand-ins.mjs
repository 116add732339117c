/** The stand-ins for AWS that tests use, in a process of their own, each behind TLS as AWS is. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { createDynamoDB, createLedgerTable } from '../local/aws/dynamodb.ts';
import { createSecretsManager } from '../local/aws/secrets-manager.ts';
import { createSqs } from '../local/aws/sqs.ts';

const { key, cert, secrets, ledgerTable } = await new Promise((resolve) => {
  process.once('message', (/** @type {any} */ settings) => resolve(settings));
});

const secretsManager = await createSecretsManager();
for (const [id, value] of Object.entries(secrets)) secretsManager.put(id, value);
const sqs = await createSqs();
const dynamodb = await createDynamoDB();
await createLedgerTable(dynamodb.url, ledgerTable);

const sqsUrl = await behindTls(sqs.url);
process.send?.({
  secretsManagerUrl: await behindTls(secretsManager.url),
  dynamodbUrl: await behindTls(dynamodb.url),
  sqsUrl,
  queueUrl: new URL(new URL(sqs.queueUrl).pathname, sqsUrl).href,
});

process.on('disconnect', () => process.exit());
process.on('message', (/** @type {any} */ { id }) => {
  sqs.depth().then(
    ({ visible }) => process.send?.({ id, messages: visible }),
    (error) => process.send?.({ id, error: String(error) }),
  );
});

/** @param {string} url */
async function behindTls(url) {
  const { hostname, port } = new URL(url);
  const server = createServer({ key, cert }, (socket) => {
    const inner = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `https://127.0.0.1:${address.port}`;
}
