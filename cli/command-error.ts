/** What ends a command: words for whoever typed it, who can mend it. No stack is shown. The exit code is 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
