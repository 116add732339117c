/** Rounds of a campaign, several at once: the stand-ins of one take a core, and its end is waiting. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CampaignResult, Progress } from './campaign.ts';
import { toArguments, unpack, type Round, type RoundMessage } from './round-messages.ts';

const ROUND = fileURLToPath(new URL('round.ts', import.meta.url));

interface RoundsOptions {
  /** How many at once. */
  readonly sideBySide: number;
  readonly onProgress: (round: Round, progress: Progress) => void;
  readonly onResult: (round: Round, result: CampaignResult) => void;
}

/** @throws Error for a round whose process ended without a result. */
export async function runRounds(rounds: readonly Round[], options: RoundsOptions): Promise<void> {
  const waiting = [...rounds];
  const runNext = async (): Promise<void> => {
    for (let round = waiting.shift(); round !== undefined; round = waiting.shift())
      options.onResult(round, await runRound(round, options));
  };
  await Promise.all(Array.from({ length: options.sideBySide }, runNext));
}

function runRound(round: Round, { onProgress }: RoundsOptions): Promise<CampaignResult> {
  return new Promise((resolve, reject) => {
    const child = fork(ROUND, toArguments(round));
    let result: CampaignResult | undefined;
    child.on('message', (message: RoundMessage) => {
      if (message.kind === 'progress') onProgress(round, message.progress);
      else result = unpack(message.result);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (result === undefined) reject(new Error(`the round with seed ${round.seed} ended with ${code}`));
      else resolve(result);
    });
  });
}
