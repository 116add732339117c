/** Sends a recorded delivery, signed, as GitHub does. */
import { toSignedRequest } from '../../local/fixtures/fixtures.ts';
import { CommandError } from '../command-error.ts';
import type { Chosen } from './choose.ts';

/** Longer than a GitHub Enterprise Server waits. */
const ANSWER_TIMEOUT_MS = 35_000;

export interface Destination {
  readonly url: string;
  readonly secret: string;
  readonly form: boolean;
}

export interface Sent extends Pick<Chosen, 'event' | 'name' | 'of'> {
  readonly delivery: string;
  readonly status: number;
  /** The body, as it came. */
  readonly answer: string;
}

/** @throws CommandError Where nobody answers. */
export async function send(
  fixture: Chosen,
  delivery: string,
  { url, secret, form }: Destination,
): Promise<Sent> {
  const request = toSignedRequest(fixture, { secret, id: delivery, form });
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const response = await fetch(url, { method: 'POST', ...request, signal }).catch((error: unknown) => {
    throw explainSilence(url, error);
  });
  const { event, name, of } = fixture;
  return { event, name, of, delivery, status: response.status, answer: await response.text() };
}

function explainSilence(url: string, error: unknown): CommandError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED') {
    return new CommandError(
      `Nothing listens on ${url}. Run npm start first, in another terminal; for another port, set PORT here too.`,
    );
  }
  return new CommandError(`No answer from ${url}: ${cause instanceof Error ? cause.message : String(cause)}`);
}
