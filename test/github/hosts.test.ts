import { expect, it } from 'vitest';
import { isGitHubUrl, toAnswerBudgetMs } from '../../lib/github/hosts.ts';

const DOTCOM = 'https://api.github.com';
const TENANT = 'https://api.octocorp.ghe.com';
const SERVER = 'https://ghe.example.com/api/v3';

it.each([
  { api: DOTCOM, url: 'https://github.com/octo-org' },
  { api: DOTCOM, url: 'http://api.github.com/app' },
  { api: DOTCOM, url: 'https://api.github.com:8443/app' },
  { api: DOTCOM, url: 'https://api.github.com.example.com/app' },
  { api: DOTCOM, url: 'https://api.github.com@example.com/app' },
  { api: DOTCOM, url: 'https://uploads.github.com.example.com/app' },
  { api: DOTCOM, url: 'http://uploads.github.com/app' },
  { api: DOTCOM, url: 'https://objects.githubusercontent.com/x' },
  { api: DOTCOM, url: 'https://raw.githubusercontent.com/x' },
  { api: DOTCOM, url: 'https://api.octocorp.ghe.com/app' },
  { api: TENANT, url: 'https://api.github.com/app' },
  { api: TENANT, url: 'https://uploads.github.com/app' },
  { api: TENANT, url: 'https://api.evilcorp.ghe.com/app' },
  { api: TENANT, url: 'https://octocorp.ghe.com/app' },
  { api: SERVER, url: 'https://api.github.com/app' },
  { api: SERVER, url: 'https://uploads.ghe.example.com/app' },
])('a token of $api does not go to $url', ({ api, url }) => {
  expect(isGitHubUrl(url, api)).toBe(false);
});

it.each([
  { api: DOTCOM, url: 'https://api.github.com/app' },
  { api: DOTCOM, url: 'https://API.GitHub.com:443/app' },
  { api: DOTCOM, url: 'https://uploads.github.com/repos/o/r/releases/1/assets?name=a' },
  { api: TENANT, url: 'https://uploads.octocorp.ghe.com/repos/o/r/releases/1/assets' },
  { api: SERVER, url: 'https://ghe.example.com/api/v3/app' },
  { api: SERVER, url: 'https://ghe.example.com/api/graphql' },
  { api: SERVER, url: 'https://ghe.example.com/api/uploads/repos/o/r/releases/1/assets' },
])('a token of $api goes to $url', ({ api, url }) => {
  expect(isGitHubUrl(url, api)).toBe(true);
});

it.each([
  { api: DOTCOM, budgetMs: 8_500 },
  { api: TENANT, budgetMs: 8_500 },
  { api: 'http://127.0.0.1:3000', budgetMs: 8_500 },
  { api: SERVER, budgetMs: 28_000 },
  { api: 'https://api.example.com/api/v3', budgetMs: 28_000 },
])('$api is answered within $budgetMs ms', ({ api, budgetMs }) => {
  expect(toAnswerBudgetMs(api)).toBe(budgetMs);
});
