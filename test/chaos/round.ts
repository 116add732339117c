/** One round of `npm run chaos` in a process of its own, started by `rounds.ts`: a campaign, told as messages. */
import { runCampaign } from './campaign.ts';
import { pack, readRound } from './round-messages.ts';

const round = readRound(process.argv.slice(2));
const result = await runCampaign({
  ...round,
  onProgress: (progress) => process.send?.({ kind: 'progress', progress }),
});
// Not left to Node: what the build and the stand-ins have open could keep the process from ending.
process.send?.({ kind: 'result', result: pack(result) }, () => process.exit(0));
