/** Starts what stands in for GitHub and AWS, with a certificate and an App key made for this run. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { createAppKey } from '../local/github/app-key.ts';

export const WEBHOOK_SECRET = 'a webhook secret of thirty characters';
export const LEDGER_TABLE = 'hookmint-ledger';
export const KMS_ALIAS = 'alias/hookmint-bench';

/**
 * @typedef {object} Counts
 * @property {number} connections
 * @property {number} mints
 * @property {number} comments
 * @property {number} distinctComments Comments with a text of their own.
 * @property {number} refused Calls with a wrong credential.
 * @property {number} others Calls to anything else.
 */

/** @typedef {Awaited<ReturnType<typeof startStandIns>>} StandIns */

/** @param {string} folder Where the certificate goes. */
export async function startStandIns(folder) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec', // as GitHub's and AWS's are
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const certificateFile = join(folder, 'certificate.pem');
  await writeFile(certificateFile, cert);
  const { privateKeyPem, publicKey } = createAppKey();
  const github = await startProcess('github-stand-in.mjs', {
    key,
    cert,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
  });
  const aws = await startProcess('aws-stand-ins.mjs', {
    key,
    cert,
    keys: { [KMS_ALIAS]: privateKeyPem },
    secrets: {
      'webhook-secret': JSON.stringify({ webhookSecret: WEBHOOK_SECRET }),
      'private-key': privateKeyPem,
    },
  });
  return {
    apiUrl: `https://127.0.0.1:${github.started.port}`,
    aws: aws.started,
    certificateFile,
    privateKeyPem,
    /**
     * What GitHub saw since the last time.
     *
     * @param {{ strict?: boolean }} [options] strict: from now on the signature of a JWT is verified.
     * @returns {Promise<Counts>}
     */
    takeCounts: (options = {}) => github.ask(options),
    /** @returns {Promise<number>} Messages that were sent to the queue so far. */
    countMessages: async () => (await aws.ask({})).messages,
    /**
     * From now on everybody answers so much later, in milliseconds.
     *
     * @param {{ github: number, dynamodb: number, sqs: number, secretsManager: number }} delays
     */
    async answerLater({ github: delayMs, ...delaysMs }) {
      await github.ask({ delayMs });
      await aws.ask({ delaysMs });
    },
    close() {
      github.child.kill();
      aws.child.kill();
    },
  };
}

/**
 * @param {string} file
 * @param {object} settings
 */
async function startProcess(file, settings) {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.send(settings);
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code}`);
  });
  const [started] = await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => {}); // a run that lacks it finds out soon enough
  let lastId = 0;
  /** @type {Map<number, (answer: any) => void>} */
  const waiting = new Map();
  child.on('message', (/** @type {any} */ message) => {
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });
  return {
    child,
    started,
    /**
     * @param {object} question
     * @returns {Promise<any>}
     */
    ask: (question) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        child.send({ ...question, id: lastId });
      }),
  };
}
