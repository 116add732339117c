/** The recorded deliveries of the app, sent through the front door once, and told apart from all others. */
import { randomUUID } from 'node:crypto';
import { parseJson, toObject } from '../../lib/json/json.ts';
import type { Journal } from '../console/journal.ts';
import { type Fixture, loadFixtures, toSignedRequest } from '../fixtures/fixtures.ts';

export interface Recorded {
  /** Name of the fixture whose delivery id this is. */
  nameOf(id: string | undefined): string | undefined;
  /** The worker has told what it did with this delivery. */
  onWorked(id: string | undefined): void;
  /** Sends them one after the other, as GitHub sent them. */
  sendAll(): Promise<void>;
  /** Sends those of these names, under new ids: what they were is handled already. */
  sendAgain(names: readonly string[]): Promise<void>;
}

interface RecordedDeps {
  /** Of the front door. */
  readonly url: string;
  readonly secret: () => string;
  /** Of the app's recorded deliveries. */
  readonly folder: string;
  /** They are sent as if for the first time: what an earlier server did with them is forgotten. */
  readonly forget: (ids: readonly string[]) => Promise<void>;
  readonly journal: Pick<Journal, 'expect'>;
  readonly say: (...lines: readonly string[]) => void;
}

export function createRecorded({ url, secret, folder, forget, journal, say }: RecordedDeps): Recorded {
  const names = new Map<string, string>();
  const waiting = new Map<string | undefined, () => void>();
  const load = (): Promise<readonly Fixture[]> => loadFixtures(folder, (problem) => say(`  ${problem}`, ''));
  return {
    nameOf: (id = '') => names.get(id),
    onWorked: (id) => waiting.get(id)?.(),
    async sendAll() {
      const fixtures = await load();
      if (fixtures.length === 0) return;
      say(
        `Sending the recorded deliver${fixtures.length === 1 ? 'y' : `ies, ${fixtures.length},`} of functions/fixtures, signed as GitHub signs:`,
        '',
      );
      await forget(fixtures.map(({ id }) => id));
      for (const fixture of fixtures) {
        names.set(fixture.id, fixture.name);
        journal.expect(fixture.id, { fixture: fixture.name });
        const worked = new Promise<void>((resolve) => {
          waiting.set(fixture.id, resolve);
        });
        const response = await fetch(url, {
          method: 'POST',
          ...toSignedRequest(fixture, { secret: secret() }),
        });
        const { outcome } = toObject(parseJson(await response.text()));
        if (outcome === 'queued') await worked;
      }
    },
    async sendAgain(changed) {
      for (const fixture of (await load()).filter(({ name }) => changed.includes(name))) {
        const id = randomUUID();
        names.set(id, fixture.name);
        journal.expect(id, { fixture: fixture.name });
        await fetch(url, { method: 'POST', ...toSignedRequest(fixture, { secret: secret(), id }) });
      }
    },
  };
}
