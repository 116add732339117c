/** The floor with `node:https` and connections that are kept. */
import { createFloor } from './floor.mjs';
import { post } from './floor-https-post.mjs';

export const handler = createFloor(post);
