/** Opens a page in the browser of whoever sits there. */
import { spawn } from 'node:child_process';

/** By `process.platform`; the address is the last argument. No shell reads it. */
const COMMANDS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Whoever has no browser here, or is connected from elsewhere, reads the address and opens it by hand. */
export function openBrowser(url: string): void {
  const [command, ...args] = COMMANDS[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.once('error', () => {}); // there is none
  child.unref();
}
