/** `npm start` as a process: what is printed, the signals that end it, and its exit code. */
import { createTerminal } from '../terminal/terminal.ts';
import { createRunning } from './running.ts';
import { runApp } from './run-app.ts';
import { SettingsError } from './settings.ts';
import { StartError } from './start-error.ts';

interface StartOptions {
  /** A queue and a worker, in place of handling what comes at once. */
  readonly queued: boolean;
}

/** Exit code of a command that could not do its work. */
const COULD_NOT = 2;

const CLOSE_TIMEOUT_MS = 3_000;

/** Runs the app of the current folder until a signal ends the process. */
export async function start({ queued }: StartOptions): Promise<void> {
  const running = createRunning();
  const terminal = createTerminal(process.stdout, process.env['NO_COLOR']);

  const end = async (exitCode: number): Promise<void> => {
    if (running.isClosing()) return;
    setTimeout(() => process.exit(exitCode), CLOSE_TIMEOUT_MS).unref();
    await running.close();
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end(0));

  try {
    await runApp({ folder: process.cwd(), env: process.env, queued, terminal, running });
  } catch (error) {
    // What was cut off by the end is no failure.
    if (running.isClosing()) return;
    process.stderr.write(`${terminal.paint('red', explain(error))}\n`);
    await end(COULD_NOT);
  }
}

function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (error instanceof SettingsError)
    return `The settings in .env or the environment cannot be used:\n${error.message.replaceAll(/^/gm, '  - ')}`;
  return `hookmint could not start: ${error instanceof Error ? error.stack : String(error)}`;
}
