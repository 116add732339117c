/** Looks for what no output may hold, in all that a function wrote and answered. */

/** Credentials by their looks, as GitHub makes them: also a part of one. */
const LOOKS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a token', pattern: /gh[a-z]_[A-Za-z0-9_]{8}/ },
  { what: 'a JWT', pattern: /eyJ[A-Za-z0-9_-]{8}/ },
  { what: 'a private key', pattern: /-----BEGIN|MII[A-Za-z0-9+/]{16}/ },
];

/**
 * @param known Values that must not appear: webhook secrets, and whatever has no looks of its own.
 * @returns What was found, by name: never the value.
 */
export function findLeaks(texts: readonly string[], known: readonly string[]): readonly string[] {
  const all = texts.join('\n');
  const looks = LOOKS.filter(({ pattern }) => pattern.test(all)).map(({ what }) => what);
  return known.some((value) => all.includes(value)) ? [...looks, 'a secret'] : looks;
}
