/** A repository's configuration file, as Probot's apps have it. */
import { toRepo } from '../delivery/parameters.ts';
import type { GitHubClient } from '../permissions/checked-client.ts';

/** What a file says. Parsed, not validated: somebody wrote it by hand. */
export type Config = Record<string, unknown>;

type Client = GitHubClient<{ contents: 'read' }>;
type OfRepository = Parameters<typeof toRepo>[0];

/**
 * Reads `.github/NAME` of the delivery's repository, on its default branch. Where that has none, `.github/NAME` of the
 * repository `.github` of the same owner counts. `_extends: REPO`, or `OWNER/REPO`, or `REPO:PATH`, in it names a file
 * that it overrules. Files that the token does not reach count as missing: a private repository `.github` needs a
 * handler with `repositories: 'installation'`.
 *
 * @param name     Ends in `.yml`, `.yaml` or `.json`.
 * @param defaults What the files leave out, property by property.
 * @returns undefined where there is neither a file nor `defaults`.
 * @throws Error Where a file is no YAML or JSON object, or `_extends` is not to be followed; and what a call throws.
 */
export async function readConfig(
  github: Client,
  payload: OfRepository,
  name: string,
): Promise<Config | undefined>;
export async function readConfig<T extends Config>(
  github: Client,
  payload: OfRepository,
  name: string,
  defaults: T,
): Promise<T>;
export async function readConfig(
  github: Client,
  payload: OfRepository,
  name: string,
  defaults?: Config,
): Promise<Config | undefined> {
  const { composeConfigGet } = await import('@probot/octokit-plugin-config');
  const asked = { ...toRepo(payload), path: `.github/${name}`, ...(defaults && { defaults }) };
  const { config, files } = await composeConfigGet(github, asked);
  const isThere = defaults !== undefined || files.some((file) => file.config !== null);
  return isThere ? config : undefined;
}
