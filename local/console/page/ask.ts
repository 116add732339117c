/** Requests to the console's server. A change shows the token of this page's session. */

let token = readToken(document);

/** Of the page as the server shows it now: one that was started anew shows another token. Nothing typed is lost. */
export async function readNewToken(): Promise<string> {
  return readToken(new DOMParser().parseFromString(await readText('/'), 'text/html'));
}

export function useToken(newToken: string): void {
  token = newToken;
}

/** @throws Error with what the server said. */
export async function read<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(await toProblem(response));
  const value: T = await response.json();
  return value;
}

/** @throws Error with what the server said. */
export async function readText(path: string): Promise<string> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(await toProblem(response));
  return response.text();
}

/** @throws Error with what the server said. */
export async function change<T>(path: string, body: object = {}): Promise<T> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hookmint-session': token },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await toProblem(response));
  const value: T = await response.json();
  return value;
}

async function toProblem(response: Response): Promise<string> {
  try {
    const { error }: { readonly error?: string } = await response.json();
    return error ?? `the server answered ${response.status}`;
  } catch {
    return `the server answered ${response.status}`;
  }
}

function readToken(page: Document): string {
  return page.querySelector('meta[name="session"]')?.getAttribute('content') ?? '';
}
