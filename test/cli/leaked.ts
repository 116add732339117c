/** Looks for secrets in what a command said. */

/** @returns The first characters of each line of a secret that the text has; lines under 16 characters say nothing. */
export function leakedFrom(secrets: readonly string[], text: string): readonly string[] {
  return secrets
    .flatMap((secret) => secret.split('\n'))
    .filter((line) => line.length >= 16 && !line.startsWith('-----') && text.includes(line))
    .map((line) => line.slice(0, 4));
}
