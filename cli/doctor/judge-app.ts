/** Whether the App is there and lets itself be asked. Pure. */
import { ServiceFault } from '../../lib/faults.ts';
import { API_VERSION } from '../../lib/github/api.ts';
import type { NamedApp } from '../app/named-app.ts';
import type { AppFacts, KeyFacts } from './ask-app.ts';
import { type Check, type Fact, fail, judged, NotAsked, notChecked, notMade, pass, warn } from './check.ts';

/** GitHub refuses a JWT that is made more than a minute ahead of its clock; ours are set back by as much. */
const MAX_AHEAD_MS = 60_000;
/** What a clock that is kept right does not show. */
const NOTICEABLE_MS = 10_000;

const MENDS: Readonly<Record<NamedApp['keyIsIn'], string>> = {
  file: 'Name the .pem file that GitHub gave, or make a key in the settings of the App.',
  secret: 'Put the .pem file that GitHub gave there: docs/operations.md says how.',
  kms: 'hookmint key --stage STAGE shows what KMS has; hookmint key import FILE --stage STAGE brings a key in.',
};

export function judgeKey(app: Fact<AppFacts>, keyIsIn: NamedApp['keyIsIn']): Check<'key'> {
  if (app.isKnown) return judgeKeys(app.value.keys, app.value.settingsUrl);
  if (app.error instanceof NotAsked || !isOfKey(app.error)) return notMade('key', 'the App');
  const code = app.error instanceof ServiceFault ? app.error.code : undefined;
  if (code === 'jwt_refused') {
    return fail(
      'key',
      app.why,
      'Make a private key in the settings of the App, and name it; hookmint rotate private-key puts it into a stage, and into KMS where that signs.',
    );
  }
  if (code === 'private_key_unusable') return fail('key', app.why, 'Put the whole .pem file there.');
  return fail('key', app.why, MENDS[keyIsIn]);
}

/** Whether the App did not answer for the sake of its key: it cannot be read, or cannot sign, or GitHub does not know it. */
function isOfKey(error: unknown): boolean {
  if (!(error instanceof ServiceFault)) return true;
  const { code } = error;
  return code === 'jwt_refused' || code === 'private_key_unusable' || code.startsWith('kms_');
}

function judgeKeys(keys: readonly KeyFacts[], settingsUrl: string): Check<'key'> {
  const refused = keys.filter(({ isTaken }) => !isTaken);
  const [first] = keys.filter(({ isTaken }) => isTaken);
  if (refused.length === 0)
    return pass('key', `GitHub takes it: ${keys.map(({ fingerprint }) => fingerprint).join(', ')}`);
  return warn(
    'key',
    `GitHub takes ${first?.fingerprint}, and does not know ${refused.map(({ fingerprint }) => fingerprint).join(', ')}`,
    `Take the key out that ${settingsUrl} does not show.`,
  );
}

export function judgeClock(app: Fact<AppFacts>): Check<'clock'> {
  return judged('clock', app, ({ aheadMs }) => {
    if (aheadMs === undefined) return notChecked('clock', 'GitHub sent no date');
    const seconds = Math.round(Math.abs(aheadMs) / 1000);
    const where = aheadMs > 0 ? 'ahead of' : 'behind';
    if (Math.abs(aheadMs) <= NOTICEABLE_MS) return pass('clock', 'It agrees with that of GitHub.');
    const message = `This machine's clock is ${seconds} s ${where} GitHub's.`;
    const mend = 'Set the clock of this machine by NTP. The functions have clocks of their own.';
    return Math.abs(aheadMs) > MAX_AHEAD_MS ? fail('clock', message, mend) : warn('clock', message, mend);
  });
}

/** What is asked of the configuration. */
interface Named {
  readonly appId: string;
  readonly apiUrl: string;
}

export function judgeApp(app: Fact<AppFacts>, named: Named | undefined): Check<'app'> {
  if (app.isKnown) {
    const { id, slug, owner } = app.value;
    return pass('app', `${slug} (${id}) of ${owner ?? 'somebody'}`);
  }
  if (app.error instanceof NotAsked) return notMade('app', app.error.needs);
  if (isOfKey(app.error)) return notMade('app', 'the key');
  const isUnknown = app.error instanceof ServiceFault && app.error.code === 'app_not_found';
  return fail(
    'app',
    app.why,
    isUnknown
      ? `Compare ${named?.appId ?? 'GITHUB_APP_ID'} with the settings of the App at ${named?.apiUrl ?? 'GitHub'}.`
      : 'Where GitHub has an outage (https://www.githubstatus.com), try again later.',
  );
}

export function judgeVersion(app: Fact<AppFacts>): Check<'api.version'> {
  return judged('api.version', app, ({ version: { selected, sunset, isDeprecated } }) => {
    const mend = 'Take a newer release of hookmint.';
    if (selected !== null && selected !== API_VERSION)
      return fail('api.version', `GitHub answers in ${selected} and not in ${API_VERSION}.`, mend);
    if (isDeprecated || sunset !== null) {
      return warn(
        'api.version',
        `GitHub ends ${API_VERSION}${sunset === null ? '' : ` on ${sunset}`}.`,
        mend,
      );
    }
    if (selected === null) return notChecked('api.version', 'the answer names no version');
    return pass('api.version', `GitHub answers in ${API_VERSION}.`);
  });
}
