/** Makes a token for one repository. */
import { isId, readField } from '../../lib/json/json.ts';
import { createMint } from '../../lib/github/mint.ts';
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import { createCalls } from '../app/calls.ts';
import type { NamedApp } from '../app/named-app.ts';
import { loadTarget } from '../app/target.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import { parsePermissions } from './parse-permissions.ts';

export interface TokenOptions {
  readonly repo: string;
  readonly permissions: string;
  readonly stage?: string;
  readonly json: boolean;
}

/** What a mint may take, in milliseconds. */
const MINT_MS = 20_000;

/** @throws CommandError, ServiceFault */
export async function mintToken(
  { repo, permissions: text, stage, json }: TokenOptions,
  io: CommandIo,
): Promise<void> {
  const [, owner = '', name = ''] = /^([\w.-]+)\/([\w.-]+)$/.exec(repo) ?? [];
  if (name === '') throw new CommandError(`'${repo}' is no repository: OWNER/NAME.`);
  const permissions = parsePermissions(text);
  if (Object.keys(permissions).length === 0)
    throw new CommandError('A token needs a permission: issues=read.');
  const { app } = await loadTarget(stage, io);
  const call = await createCalls(app, io);
  const { token } = await io.interruptible((signal) =>
    io.showing(`Asking ${app.apiUrl} for a token`, async () => {
      const installationId = await findInstallation(call, { owner, name }, signal);
      const grant = { permissions, repositories: [name] };
      return openMint(app, call, io).get(installationId, grant, { signal, leftMs: MINT_MS });
    }),
  );
  const expiresAt = token.expiresAt.toISOString();
  io.report(json, {
    value: { token: token.token, expiresAt, permissions: token.permissions, repository: repo },
    lines: [token.token],
  });
}

function openMint({ apiUrl, appId }: NamedApp, call: CallAsApp, { clock }: CommandIo) {
  return createMint({ call, apiUrl, appId, clock, githubNow: () => clock.now() });
}

async function findInstallation(
  call: CallAsApp,
  { owner, name }: { readonly owner: string; readonly name: string },
  signal: AbortSignal,
): Promise<number> {
  const { status, body } = await call(
    { method: 'GET', path: `/repos/${owner}/${name}/installation` },
    signal,
  );
  const id = readField(body, 'id');
  if (status === 200 && isId(id)) return id;
  throw new CommandError(
    status === 404
      ? `The App is not installed on ${owner}/${name}, or there is no such repository. hookmint installations lists where it is.`
      : `GitHub did not say which installation ${owner}/${name} belongs to (${status}).`,
  );
}
