/** Whether deliveries arrive, and are believed. Pure. */
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { type Check, fail, type Fact, judged, notChecked, pass, warn } from './check.ts';

/** The App's webhook, as its settings have it. */
export interface HookFacts {
  readonly url: string;
  readonly contentType: string;
  readonly insecureSsl: boolean;
}

/** Which address deliveries are to go to. */
export interface Address {
  /** undefined: nobody says. */
  readonly expected: string | undefined;
  readonly settingsUrl: string;
}

type HookCheck = 'hook.url' | 'hook.content_type' | 'hook.ssl';

export function judgeHook(
  hook: Fact<HookFacts>,
  { expected, settingsUrl }: Address,
): readonly Check<HookCheck>[] {
  return [
    judged('hook.url', hook, ({ url }) => {
      if (url === '') return fail('hook.url', 'The App has no webhook address.', `Set it: ${settingsUrl}`);
      if (expected === undefined) return pass('hook.url', `Deliveries go to ${url}`);
      return isSameUrl(url, expected)
        ? pass('hook.url', `Deliveries go to the stage: ${url}`)
        : fail(
            'hook.url',
            `Deliveries go to ${url} and not to the stage.`,
            `Set it to ${expected}: ${settingsUrl}`,
          );
    }),
    judged('hook.content_type', hook, ({ contentType }) =>
      contentType === 'json'
        ? pass('hook.content_type', 'Deliveries are JSON.')
        : warn(
            'hook.content_type',
            `Deliveries are sent as ${contentType}: they are understood, and are three times as long.`,
            `Choose application/json: ${settingsUrl}`,
          ),
    ),
    judged('hook.ssl', hook, ({ insecureSsl }) =>
      insecureSsl
        ? fail(
            'hook.ssl',
            'GitHub looks at no certificate when it delivers.',
            `Enable SSL verification: ${settingsUrl}`,
          )
        : pass('hook.ssl', 'GitHub verifies the certificate.'),
    ),
  ];
}

/** How many of the newest deliveries are looked at. */
const NEWEST = 20;

export function judgeActive(log: Fact<readonly LoggedDelivery[]>, settingsUrl: string): Check<'hook.active'> {
  const id = 'hook.active';
  return judged(id, log, (entries) => {
    const newest = entries.slice(0, NEWEST);
    const [last] = newest;
    if (last === undefined) {
      return warn(
        id,
        "GitHub's log has no delivery: nothing happened for three days, or the webhook is not active.",
        `See that Active is ticked: ${settingsUrl}`,
      );
    }
    const failed = newest.filter((entry) => !isWell(entry));
    const show = 'hookmint deliveries --failed shows them, hookmint show GUID why.';
    if (!isWell(last)) {
      return fail(id, `The newest delivery (${last.event} ${last.guid}) met: ${describe(last)}.`, show);
    }
    if (failed.length > 0)
      return warn(
        id,
        `Of the newest ${newest.length} deliveries ${failed.length} failed; the last did not.`,
        show,
      );
    return pass(id, `The newest ${newest.length} deliveries were answered well.`);
  });
}

/** What the held secrets say of the signature of a logged delivery. `unknown`: its bytes cannot be brought back. */
export type Signed = 'by one that is held' | 'unknown';

export interface SecretFacts {
  readonly log: readonly LoggedDelivery[];
  readonly signed: readonly Signed[];
}

export function judgeSecret(facts: Fact<SecretFacts>, settingsUrl: string): Check<'secret'> {
  const id = 'secret';
  return judged(id, facts, ({ log, signed }) => {
    const refused = log.filter(({ statusCode }) => statusCode === 401);
    const [last] = log.filter(({ statusCode }) => statusCode !== 0);
    const mend = 'hookmint rotate webhook-secret sets it anew at both ends.';
    if (last?.statusCode === 401) {
      return fail(id, `The newest delivery (${last.guid}) was refused: another secret signed it.`, mend);
    }
    if (signed.includes('by one that is held')) {
      return pass(id, 'The newest deliveries were signed with a secret that is held.');
    }
    if (refused.length > 0) {
      return warn(
        id,
        `${refused.length} of the last ${log.length} deliveries were refused for their signature; later ones were not.`,
        `Where it happens again: ${mend}`,
      );
    }
    if (log.length === 0) return notChecked(id, `there is no delivery to tell it by; see ${settingsUrl}`);
    return pass(id, 'No delivery was refused for its signature.');
  });
}

function isWell({ status, statusCode }: LoggedDelivery): boolean {
  return status === 'OK' || (statusCode >= 200 && statusCode < 300);
}

function describe({ status, statusCode }: LoggedDelivery): string {
  return statusCode === 0 ? status : `${statusCode} (${status})`;
}

function isSameUrl(one: string, other: string): boolean {
  const [a, b] = [one, other].map((url) => (URL.canParse(url) ? new URL(url).href.replace(/\/+$/, '') : url));
  return a === b;
}
