/** The recorded deliveries of the app, sent through the front door once, and told apart from all others. */
import { parseJson, toObject } from '../../lib/json/json.ts';
import { loadFixtures, toSignedRequest } from '../fixtures/fixtures.ts';

export interface Recorded {
  /** Name of the fixture whose delivery id this is. */
  nameOf(id: string | undefined): string | undefined;
  /** The worker has told what it did with this delivery. */
  onWorked(id: string | undefined): void;
  /**
   * Sends them one after the other, as GitHub sent them.
   *
   * @param settled Resolves when all that was answered has been told.
   */
  sendAll(settled: () => Promise<void>): Promise<void>;
}

interface RecordedDeps {
  /** Of the front door. */
  readonly url: string;
  readonly secret: string;
  readonly say: (...lines: readonly string[]) => void;
}

export function createRecorded({ url, secret, say }: RecordedDeps): Recorded {
  const names = new Map<string, string>();
  const waiting = new Map<string | undefined, () => void>();
  return {
    nameOf: (id = '') => names.get(id),
    onWorked: (id) => waiting.get(id)?.(),
    async sendAll(settled) {
      const fixtures = await loadFixtures();
      if (fixtures.length === 0) return;
      say(
        `Sending the ${fixtures.length} recorded deliveries of functions/fixtures, signed as GitHub signs:`,
        '',
      );
      for (const fixture of fixtures) {
        names.set(fixture.id, fixture.name);
        const worked = new Promise<void>((resolve) => {
          waiting.set(fixture.id, resolve);
        });
        const response = await fetch(url, { method: 'POST', ...toSignedRequest(fixture, { secret }) });
        const { outcome } = toObject(parseJson(await response.text()));
        await settled();
        if (outcome === 'queued') await worked;
      }
    },
  };
}
