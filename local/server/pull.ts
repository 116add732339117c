/** `npm start -- --pull`: what a real App gets is read out of GitHub's log, and handled here. */
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createDeliveryLog } from '../../lib/github/delivery-log.ts';
import { toPlainText } from '../../lib/log/plain-text.ts';
import { describePull } from '../terminal/introduce.ts';
import { toApp } from './check-app.ts';
import type { Ground, GroundOptions } from './lay-ground.ts';
import { startPulling } from './pull-deliveries.ts';
import { openPulledStore } from './pulled-store.ts';
import { StartError } from './start-error.ts';

/** @throws StartError Where no real App is named: a stand-in's deliveries come by themselves. */
export async function pull({ folder, running, terminal }: GroundOptions, ground: Ground): Promise<void> {
  const { live, frontDoor, tell } = ground;
  const { github } = live.settings;
  if (github.kind !== 'real') {
    throw new StartError(
      '--pull is for a real App: set GITHUB_APP_ID, GITHUB_PRIVATE_KEY_FILE and GITHUB_WEBHOOK_SECRET in .env.',
    );
  }
  terminal.say(...describePull(github), '');
  const store = await openPulledStore(folder, github.appId, SYSTEM_CLOCK.now());
  running.keep(
    startPulling({
      log: createDeliveryLog(toApp(github).call),
      store,
      url: frontDoor.url,
      secret: () => live.secret,
      clock: SYSTEM_CLOCK,
      tell: (text) => tell(`  ${terminal.paint('yellow', toPlainText(text))}`, ''),
    }),
  );
}
