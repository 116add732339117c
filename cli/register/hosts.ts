/** From the address of a GitHub's web site to that of its API, and back. Pure. */

/** @returns The base URL of the API, without a slash at its end; undefined where `url` is none of a GitHub's. */
export function toApiUrl(webUrl: string): string | undefined {
  if (!URL.canParse(webUrl)) return undefined;
  const { origin, hostname, protocol, host } = new URL(webUrl);
  if (isLoopback(hostname)) return origin; // a stand-in serves both
  if (protocol !== 'https:') return undefined;
  if (hostname === 'github.com' || hostname === 'www.github.com') return 'https://api.github.com';
  if (/^[^.]+\.ghe\.com$/.test(hostname)) return `https://api.${host}`;
  return `https://${host}/api/v3`;
}

/** @param apiUrl One that `VARIABLES.GITHUB_API_URL` takes. */
export function toWebUrl(apiUrl: string): string {
  const { origin, hostname, host } = new URL(apiUrl);
  const isOfGitHub = hostname === 'api.github.com' || /^api\.[^.]+\.ghe\.com$/.test(hostname);
  return isOfGitHub ? `https://${host.slice('api.'.length)}` : origin;
}

function isLoopback(hostname: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
