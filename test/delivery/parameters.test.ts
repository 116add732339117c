import { isBot, toIssue, toPull, toRepo } from 'hookmint';
import { expect, it } from 'vitest';

const repository = { name: 'widgets', owner: { login: 'octo-org' } };
const where = { owner: 'octo-org', repo: 'widgets' };

it.each([
  { to: toRepo, payload: {}, says: 'The payload has no repository with an owner.' },
  { to: toIssue, payload: { repository }, says: 'The payload has no issue and no pull request.' },
  { to: toIssue, payload: { issue: { number: 3 } }, says: 'The payload has no repository with an owner.' },
  { to: toPull, payload: { repository }, says: 'The payload has no pull request.' },
])('a payload without what is asked for is refused: $says', ({ to, payload, says }) => {
  expect(() => to(payload)).toThrow(says);
});

it('parameters name the repository, the issue and the pull request of a delivery', () => {
  expect(toRepo({ repository })).toEqual(where);
  expect(toIssue({ repository, issue: { number: 3 } })).toEqual({ ...where, issue_number: 3 });
  expect(toIssue({ repository, pull_request: { number: 4 } })).toEqual({ ...where, issue_number: 4 });
  expect(toPull({ repository, pull_request: { number: 4 } })).toEqual({ ...where, pull_number: 4 });
  expect(toPull({ repository, issue: { number: 5 } })).toEqual({ ...where, pull_number: 5 });
});

it.each([
  { sender: { type: 'Bot' }, is: true },
  { sender: { type: 'User' }, is: false },
  { sender: undefined, is: false },
])('a sender $sender is a bot: $is', ({ sender, is }) => {
  expect(isBot(sender === undefined ? {} : { sender })).toBe(is);
});
