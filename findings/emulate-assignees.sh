#!/usr/bin/env bash
# emulate 0.12.2 (a stand-in for GitHub's API): one assignee that cannot be assigned spoils the whole request, and a good
# request is answered 200.
#
# GitHub documents POST /repos/{owner}/{repo}/issues/{issue_number}/assignees with 201, and says that users who cannot be
# assigned are silently left out. emulate answers 422 and assigns nobody, and 200 to a good request. A handler that looks
# for 201, or that assigns a list of which one has left, behaves in tests as it never does at GitHub.
#
# Output seen:
#   one who is known: 200 mona
#   one more who is not: 422, assigned afterwards: mona
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund emulate@0.12.2
cat > try.mjs <<'SCRIPT'
import { createEmulator } from 'emulate';
const github = { users: [{ login: 'mona' }, { login: 'lisa' }], repos: [{ owner: 'mona', name: 'widgets' }] };
const emulator = await createEmulator({ service: 'github', port: 0, seed: { github } });
const call = async (method, path, body) => {
  const init = { method, headers: { authorization: 'Bearer any' }, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(`${emulator.url}/repos/mona/widgets${path}`, init);
  return { status: response.status, body: await response.json() };
};
const names = ({ assignees = [] }) => assignees.map(({ login }) => login).join(',');
await call('POST', '/issues', { title: 'One' });
const known = await call('POST', '/issues/1/assignees', { assignees: ['mona'] });
console.log(`one who is known: ${known.status} ${names(known.body)}`);
const mixed = await call('POST', '/issues/1/assignees', { assignees: ['lisa', 'nobody-of-this-name'] });
const { body: issue } = await call('GET', '/issues/1');
console.log(`one more who is not: ${mixed.status}, assigned afterwards: ${names(issue)}`);
await emulator.close();
process.exit();
SCRIPT
told=$(node try.mjs)
echo "$told"
[ "$told" = 'one who is known: 200 mona
one more who is not: 422, assigned afterwards: mona' ]
