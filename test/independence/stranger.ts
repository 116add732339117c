/** The handlers and fixtures of somebody else, in the forms in which people have them. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const COMMENT = `/** Ours, with the style of our own house. */
import { defineHandler, skip } from 'hookmint';
import { thanks } from './words.js';

export default defineHandler('issue_comment.created', {
  permissions: { issues: 'write' },
  async handle({ payload, github, log }) {
    const comment: any = payload.comment;
    if (comment.body === '') throw skip('nothing was said');
    log.info('seen', { length: comment.body!.length });
    const { owner, name } = payload.repository;
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      owner: owner.login,
      repo: name,
      issue_number: payload.issue.number,
      body: thanks(comment.user.login),
    });
  },
});
`;

const WORDS = `export const thanks = (who: string): string => \`Thank you, @\${who}\`;
export const nobodyAsksForThis = 1;
`;

const STAR = `import { defineHandler } from 'hookmint';

export default defineHandler('star', { name: 'a star', permissions: {}, handle({ log }) { log.info('a star'); } });
`;

const TABLE = `import { defineHandlers } from 'hookmint';

export const handlers = defineHandlers({
  'issue_comment.created': () => import('./comment.ts'),
  star: [() => import('./star.ts')],
});
`;

const COMMENT_PAYLOAD = {
  action: 'created',
  issue: { number: 3 },
  comment: { body: 'It works here.', user: { login: 'mona' } },
  repository: { id: 9, name: 'pump', full_name: 'acme/pump', owner: { login: 'acme' } },
  installation: { id: 44 },
};

/** Texts by their path in the folder of an app. */
export async function describeStranger(): Promise<Readonly<Record<string, string>>> {
  return {
    'functions/handlers/index.ts': TABLE,
    'functions/handlers/comment.ts': COMMENT,
    'functions/handlers/words.ts': WORDS,
    'functions/handlers/star.ts': STAR,
    // A payload and nothing else, as it is pasted from the page of recent deliveries.
    'functions/fixtures/issue_comment.created.json': JSON.stringify(COMMENT_PAYLOAD),
    // The four headers that anybody remembers.
    'functions/fixtures/star-created.json': JSON.stringify({
      headers: {
        'Content-Type': 'application/json',
        'X-GitHub-Event': 'star',
        'X-GitHub-Delivery': '1e2f3a4b-0000-4000-8000-000000000000',
        'X-GitHub-Hook-ID': '1',
      },
      body: { action: 'created', repository: COMMENT_PAYLOAD.repository },
    }),
    // As GitHub's own log of deliveries has it.
    'functions/fixtures/from-the-log.json': JSON.stringify({
      id: 12345678,
      guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516',
      event: 'issues',
      action: 'opened',
      request: {
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'GitHub-Hookshot/044aadd',
          'X-GitHub-Event': 'issues',
          'X-GitHub-Delivery': '0b989ba4-242f-11e5-81e1-c7b6966d2516',
        },
        payload: await readExample('issues', 'opened'),
      },
    }),
  };
}

/** An app that nobody has written yet. */
export const EMPTY_APP: Readonly<Record<string, string>> = {
  'functions/handlers/index.ts': `import { defineHandlers } from 'hookmint';\n\nexport const handlers = defineHandlers({});\n`,
};

async function readExample(event: string, action: string): Promise<unknown> {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
  const all: readonly {
    readonly name: string;
    readonly examples: readonly { readonly action?: string }[];
  }[] = JSON.parse(await readFile(file, 'utf8'));
  const found = all.find(({ name }) => name === event)?.examples.find((example) => example.action === action);
  if (found === undefined) throw new Error(`no example of ${event}.${action}`);
  return found;
}
