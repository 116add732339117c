/** The webhook traced: a span for each request, sent before the answer goes out. */
import { parseJson, readText } from '../json/json.ts';
import type { Tracer } from '../tracing/tracer.ts';
import type { Intake } from './intake.ts';

/** How long an answer to GitHub may wait for its spans to be sent. */
const ANSWER_FLUSH_MS = 300;

/** Kept back of the invocation's time, for Lambda to take the answer. */
const LAST_WORD_MS = 100;

/** @returns The same intake where nobody asked for traces. */
export function traceIntake(intake: Intake, tracer: Tracer | undefined): Intake {
  if (tracer === undefined) return intake;
  return async (event, context) => {
    const answer = await tracer.span({ name: 'webhook', kind: 'server' }, async (span) => {
      const result = await intake(event, context);
      const told = parseJson(result.body);
      span.set({
        'http.response.status_code': result.statusCode,
        'github.delivery': readText(told, 'delivery'),
        'github.event': readText(told, 'event'),
        'hookmint.outcome': readText(told, 'outcome'),
      });
      if (result.statusCode >= 500) span.fail(readText(told, 'reason') ?? 'failed');
      return result;
    });
    const leftMs = context?.getRemainingTimeInMillis?.() ?? Infinity;
    await tracer.flush(Math.max(0, Math.min(ANSWER_FLUSH_MS, leftMs - LAST_WORD_MS)));
    return answer;
  };
}
