/** Deliveries that GitHub once sent to somebody: the payloads of `@octokit/webhooks-examples`. */
import { createRequire } from 'node:module';
import type { Fixture } from '../../local/fixtures/fixture-forms.ts';
import { toFixture } from '../../local/fixtures/fixture-forms.ts';
import { isObject, readField, readText } from '../../lib/json/json.ts';

/** All of them, as though each were a file of `functions/fixtures`: named by its event, the second one with `-2`. */
export function loadExamples(): readonly Fixture[] {
  const groups: unknown = createRequire(import.meta.url)('@octokit/webhooks-examples');
  const count = new Map<string, number>();
  const toExample = (event: string, payload: object): Fixture => {
    const action = readText(payload, 'action');
    const base = [event, action]
      .filter((part) => part !== undefined)
      .join('-')
      .replaceAll(/[_.]/g, '-');
    const nth = (count.get(base) ?? 0) + 1;
    count.set(base, nth);
    return toFixture(nth === 1 ? base : `${base}-${nth}`, { event, payload });
  };
  return (Array.isArray(groups) ? groups : []).flatMap((group) => {
    const event = readText(group, 'name') ?? '';
    const payloads = readField(group, 'examples');
    return (Array.isArray(payloads) ? payloads : [])
      .filter(isObject)
      .map((payload) => toExample(event, payload));
  });
}
