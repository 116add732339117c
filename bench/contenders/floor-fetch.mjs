/** The floor with the global `fetch`. */
import { createFloor } from './floor.mjs';

const apiUrl = process.env.API_URL ?? '';

export const handler = createFloor(async (path, authorization, body) => {
  const response = await fetch(apiUrl + path, {
    method: 'POST',
    headers: {
      authorization,
      accept: 'application/vnd.github+json',
      'content-type': 'application/json',
      'user-agent': 'floor',
      'x-github-api-version': '2022-11-28',
    },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`GitHub answered ${response.status}`);
  return response.json();
});
