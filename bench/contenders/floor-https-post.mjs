/** POST through `node:https`, over connections that are kept. */
import { Agent, request } from 'node:https';

const apiUrl = process.env.API_URL ?? '';
export const agent = new Agent({ keepAlive: true });

/** @type {import('./floor.mjs').Post} */
export function post(path, authorization, body) {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      authorization,
      accept: 'application/vnd.github+json',
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'user-agent': 'floor',
      'x-github-api-version': '2022-11-28',
    };
    const outgoing = request(apiUrl + path, { method: 'POST', agent, headers }, (incoming) => {
      incoming.setEncoding('utf8');
      let received = '';
      incoming.on('data', (chunk) => (received += chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        if (incoming.statusCode === 201) resolve(JSON.parse(received));
        else reject(new Error(`GitHub answered ${incoming.statusCode}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
