/** `npm start` as a process: what is printed, the signals and keys that end it, and its exit code. */
import { createTerminal } from '../terminal/terminal.ts';
import { explainBuildFailure } from './build-failure.ts';
import { createRunning } from './running.ts';
import { runApp } from './run-app.ts';
import { SettingsError } from './settings.ts';
import { StartError } from './start-error.ts';

interface StartOptions {
  /** A queue and a worker, in place of handling what comes at once. */
  readonly queued: boolean;
  /** Reads what a real App gets out of GitHub's log. */
  readonly pull: boolean;
  /** The private key in a KMS, in place of Secrets Manager. */
  readonly kms: boolean;
}

/** Exit code of a command that could not do its work. */
const COULD_NOT = 2;

/** What is not closed by then is left behind, which a machine that is only busy must not come to. */
const CLOSE_TIMEOUT_MS = 10_000;

/** Runs the app of the current folder until a signal or a key ends the process. */
export async function start({ queued, pull, kms }: StartOptions): Promise<void> {
  let running = createRunning();
  let ending = false;
  const terminal = createTerminal(process.stdout, process.env['NO_COLOR']);

  const end = async (exitCode: number): Promise<void> => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(exitCode), CLOSE_TIMEOUT_MS).unref();
    await running.close();
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end(0));
  const restart = async (): Promise<void> => {
    if (ending) return;
    await running.close();
    running = createRunning();
    await run();
  };
  await run();

  async function run(): Promise<void> {
    const own = running;
    try {
      await runApp({
        folder: process.cwd(),
        env: process.env,
        queued,
        pull,
        kms,
        terminal,
        keyboard: process.stdin,
        running: own,
        end: () => void end(0),
        restart: () => void restart(),
      });
    } catch (error) {
      // What was cut off by the end is no failure.
      if (own.isClosing()) return;
      process.stderr.write(`${terminal.paint('red', explain(error))}\n`);
      await end(COULD_NOT);
    }
  }
}

function explain(error: unknown): string {
  if (error instanceof StartError || error instanceof SettingsError) return explainBuildFailure(error);
  return `hookmint could not start: ${error instanceof Error ? error.stack : String(error)}`;
}
