/** What differs between the hosts of GitHub. Pure. */

/**
 * How long the answer to a delivery may take, in milliseconds. GitHub hangs up after 10 s, a GitHub
 * Enterprise Server after 30 s; the rest is for the way there and back.
 *
 * @see GitHub docs, "Best practices for using webhooks"
 */
export function toAnswerBudgetMs(apiUrl: string): number {
  return isEnterpriseServer(apiUrl) ? 28_000 : 8_500;
}

/** An Enterprise Server's API lives at `https://HOST/api/v3`; no other host has that path. */
function isEnterpriseServer(apiUrl: string): boolean {
  return new URL(apiUrl).pathname === '/api/v3';
}

/** The API's host, and beside `api.…` its `uploads.…` for release assets. A token goes nowhere else. */
export function isGitHubUrl(url: string, apiUrl: string): boolean {
  if (url.startsWith(`${apiUrl}/`)) return true;
  const { origin } = new URL(url);
  const api = new URL(apiUrl);
  return origin === api.origin || origin === api.origin.replace('://api.', '://uploads.');
}
