/** The same, with the first use of RSA and the first connection moved into INIT. */
import { get } from 'node:https';
import { createFloor, createJwt } from './floor.mjs';
import { agent, post } from './floor-https-post.mjs';

createJwt();
await new Promise((resolve) => {
  const opening = get(
    process.env.API_URL ?? '',
    { agent, headers: { 'user-agent': 'floor' } },
    (incoming) => {
      incoming.resume().on('close', resolve);
    },
  );
  opening.on('error', resolve); // the first delivery will find out
});

export const handler = createFloor(post);
