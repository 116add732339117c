/** Speaks to the GitHub stand-in as the App on an installation, with everything granted: to set a scene. */
import { createPrivateKey } from 'node:crypto';
import { Octokit } from '@octokit/core';
import { SignJWT } from 'jose';
import { loadWorld } from './deliver.ts';
import type { Deployment } from './deployment.ts';

/** On the first installation of the tests' world. */
export async function asInstallation({ github, privateKeyPem }: Deployment): Promise<Octokit> {
  const { app, installations = [] } = loadWorld();
  const [installation] = installations;
  if (installation === undefined) throw new Error('nobody installed the App in this world');
  const jwt = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(app.clientId)
    .setIssuedAt('1 minute ago')
    .setExpirationTime('5 minutes')
    .sign(createPrivateKey(privateKeyPem));
  const { data } = await new Octokit({ baseUrl: github.url, auth: jwt }).request(
    'POST /app/installations/{installation_id}/access_tokens',
    { installation_id: installation.id },
  );
  return new Octokit({ baseUrl: github.url, auth: data.token });
}
