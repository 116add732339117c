/**
 * Errors that nobody waits for: a promise that a handler let go, a callback that throws after its
 * delivery was answered. Node would end the process, and with it the next delivery.
 */
import { describeError, type Log } from '../log/log.ts';

/** The two events of Node's process that matter here. */
interface ErrorSource {
  on(event: 'unhandledRejection' | 'uncaughtException', listener: (error: unknown) => void): unknown;
}

/** Turns stray errors into log lines. */
export function containStrayErrors(source: ErrorSource, log: Log): void {
  source.on('unhandledRejection', (error) => log.error('stray rejection', { error: describeError(error) }));
  source.on('uncaughtException', (error) => log.error('stray exception', { error: describeError(error) }));
}
