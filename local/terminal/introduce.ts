/** What `npm start` says of itself: what runs, and what can be done next. Pure. */
import type { FrontDoor } from '../aws/function-url.ts';
import type { AppCheck } from '../server/check-app.ts';
import type { GitHubChoice, LocalSettings } from '../server/settings.ts';
import type { Paint } from './paint.ts';
import type { StandIns } from '../server/stand-ins.ts';
import { WEBHOOK_SECRET_FILE } from '../server/webhook-secret.ts';

export function describeMode(github: GitHubChoice): string {
  switch (github.kind) {
    case 'stand-in':
      return 'GitHub and AWS are stand-ins on this machine; no account, no network.';
    case 'other-stand-in':
      return `GITHUB_API_URL names the stand-in for GitHub, ${github.apiUrl}; the App's key is made up.`;
    case 'real':
      return `the real GitHub at ${github.apiUrl}, as App ${github.appId}; only AWS is a stand-in.`;
  }
}

/** What GitHub said of the App in `.env`. */
export function describeCheck(check: AppCheck, paint: Paint): readonly string[] {
  return check.kind === 'known'
    ? [`  ${paint('green', '✓')} GitHub knows the App by its key: ${check.slug}`]
    : [`  ${paint('yellow', `GitHub could not be asked whether id and key are right: ${check.why}`)}`];
}

export function describeParts(
  { github, kms, sqs, apiUrl }: StandIns,
  { webhookSecret }: LocalSettings,
  handlers: readonly string[],
  paint: Paint,
): readonly string[] {
  const parts = {
    handlers: handlers.join(', '),
    GitHub: github === undefined ? apiUrl : `${apiUrl} (stand-in)`,
    'webhook secret': webhookSecret === undefined ? WEBHOOK_SECRET_FILE : 'the one in GITHUB_WEBHOOK_SECRET',
    ...(kms && { 'private key': `${kms.url} (stand-in for KMS)` }),
    ...(sqs && { queue: sqs.queueUrl, 'dead letters': sqs.deadLetterUrl }),
  };
  const width = Math.max(...Object.keys(parts).map((label) => label.length));
  return Object.entries(parts).map(([label, text]) => `  ${paint('dim', label.padEnd(width))}  ${text}`);
}

/** What whoever pulls must know of GitHub's own view. */
export function describePull({ apiUrl }: { readonly apiUrl: string }): readonly string[] {
  return [
    `Reading the App's log of deliveries at ${apiUrl} every few seconds: what is new is handled here, without a tunnel.`,
    "GitHub itself shows these deliveries as failed, or as sent to wherever the App's webhook leads: it knows nothing of this.",
  ];
}

export function describeNext(
  { url, port }: FrontDoor,
  { sqs }: StandIns,
  github: GitHubChoice,
  paint: Paint,
): readonly string[] {
  const command = sqs && `npx hookmint redrive --queue-url ${sqs.queueUrl} --dry-run`;
  const redrive = command === undefined ? [] : [`Look at dead letters:  ${paint('bold', command)}`];
  if (github.kind === 'real') {
    return [
      `Lead the App's webhook to ${url} through a tunnel of yours (any path will do), or start with --pull.`,
      ...redrive,
      'The recorded deliveries are not sent here: they belong to another App. Ctrl-C ends it.',
    ];
  }
  const deliver = `${port === 3000 ? '' : `PORT=${port} `}npx hookmint trigger issues.opened`;
  return [
    ...redrive,
    `Send one yourself:  ${paint('bold', deliver)}   (--list shows them all)`,
    `or post a signed delivery to ${url}, on any path. Ctrl-C ends it.`,
  ];
}
