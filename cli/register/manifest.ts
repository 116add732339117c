/**
 * What GitHub is asked for in a manifest. Pure.
 *
 * @see GitHub docs, "Registering a GitHub App from a manifest"
 */
import type { Levels, Needs } from '../../lib/build/app-needs.ts';

export interface Manifest {
  readonly name: string;
  /** The App's home page. */
  readonly url: string;
  readonly hook_attributes: { readonly url: string; readonly active: boolean };
  /** Where GitHub sends the browser with the code. */
  readonly redirect_url?: string;
  readonly public: boolean;
  readonly default_permissions: Levels;
  readonly default_events: readonly string[];
}

/** Source: GitHub's form, "Register new GitHub App". */
const MAX_NAME_LENGTH = 34;

/**
 * A webhook needs an address, and on a laptop there is none yet. Nothing of this name can exist (RFC 6761), so no
 * delivery gets to a stranger; GitHub records it as failed, and its log is what `npm start -- --pull` reads.
 */
const NO_ADDRESS = 'https://hookmint.invalid/webhook';

interface AppToBe {
  readonly name: string;
  readonly homepage: string;
  /** undefined: there is none yet. */
  readonly webhookAddress: string | undefined;
  readonly redirectUrl?: string;
}

export function createManifest(
  { permissions, events }: Pick<Needs, 'permissions' | 'events'>,
  { name, homepage, webhookAddress, redirectUrl }: AppToBe,
): Manifest {
  return {
    name: toAppName(name),
    url: homepage,
    hook_attributes: { url: webhookAddress ?? NO_ADDRESS, active: true },
    ...(redirectUrl !== undefined && { redirect_url: redirectUrl }),
    public: false,
    default_permissions: withMetadata(permissions),
    default_events: events,
  };
}

/** GitHub gives it to every App that has any other permission. */
function withMetadata(permissions: Levels): Levels {
  return Object.keys(permissions).length === 0 ? {} : { ...permissions, metadata: 'read' };
}

/** From the name of a package: without its scope, and no longer than GitHub takes. */
function toAppName(name: string): string {
  return name.replace(/^@[^/]+\//, '').slice(0, MAX_NAME_LENGTH);
}
