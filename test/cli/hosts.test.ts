/** Web sites of GitHub and their APIs: github.com, GHE.com, Enterprise Server, and a stand-in on this machine. */
import { describe, expect, it } from 'vitest';
import { toApiUrl, toWebUrl } from '../../cli/register/hosts.ts';

// Sources: GitHub docs, "Getting started with the REST API" of GitHub.com, Enterprise Cloud with data residency, Enterprise Server.
const PAIRS = [
  { web: 'https://github.com', api: 'https://api.github.com' },
  { web: 'https://octocorp.ghe.com', api: 'https://api.octocorp.ghe.com' },
  { web: 'https://github.example.com', api: 'https://github.example.com/api/v3' },
  { web: 'https://github.example.com:8443', api: 'https://github.example.com:8443/api/v3' },
  { web: 'http://127.0.0.1:4000', api: 'http://127.0.0.1:4000' },
];

describe('--github-url', () => {
  it.each(PAIRS)('$web has its API at $api, and back', ({ web, api }) => {
    expect([toApiUrl(web), toApiUrl(`${web}/`), toWebUrl(api)]).toEqual([api, api, web]);
  });

  it('takes www.github.com for github.com', () => {
    expect(toApiUrl('https://www.github.com/')).toBe('https://api.github.com');
  });

  it.each(['github.com', 'http://github.example.com', 'ftp://github.com', ''])('refuses %j', (url) => {
    expect(toApiUrl(url)).toBeUndefined();
  });
});
