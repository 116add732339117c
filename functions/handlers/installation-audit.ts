/**
 * Writes an audit line when the App is installed, removed, suspended, let back in, or granted other permissions.
 * It calls no API, so it declares no permissions and no token is minted for it.
 */
import { defineHandler } from 'hookmint';

const AUDITED: ReadonlySet<string> = new Set([
  'created',
  'deleted',
  'suspend',
  'unsuspend',
  'new_permissions_accepted',
]);

export default defineHandler('installation', {
  name: 'installation-audit',
  permissions: {},
  when: ({ payload }) => AUDITED.has(payload.action),
  handle({ payload, log }) {
    // The types follow GitHub's schema; `?.` where payloads from the field are known to differ.
    const { action, installation, repositories, sender } = payload;
    log.info('audit', {
      audit: action,
      account: nameAccount(installation?.account),
      by: sender?.login,
      selection: installation?.repository_selection,
      repositories: repositories?.map(({ full_name }) => full_name),
      permissions: installation?.permissions,
    });
  },
});

/** An enterprise has a slug where people and organizations have a login. */
function nameAccount(account: { readonly login?: string; readonly slug?: string } | null | undefined) {
  return account?.login ?? account?.slug ?? null;
}
