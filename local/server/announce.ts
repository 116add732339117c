/** Lets the other commands find this server. */
import { join } from 'node:path';
import { keepLines } from './keep-lines.ts';
import type { Ground, GroundOptions } from './lay-ground.ts';
import { LOCAL_FOLDER } from './project.ts';
import { writeRunning } from './running-file.ts';
import { LEDGER_TABLE } from './stand-ins.ts';

/** @returns Keeps a line of a function for them. */
export async function announce(
  { folder, running }: GroundOptions,
  { frontDoor, standIns, live }: Ground,
): Promise<(line: string) => void> {
  const { github, sqs, apiUrl, dynamodbUrl, privateKeyPem } = standIns;
  if (dynamodbUrl === undefined) return () => {};
  const lines = running.keep(keepLines(join(folder, LOCAL_FOLDER, `lines-${frontDoor.port}.jsonl`)));
  const close = await writeRunning(folder, {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    url: frontDoor.url,
    appId: standIns.env.webhook['GITHUB_APP_ID'] ?? '',
    apiUrl,
    ...(github !== undefined && { privateKeyPem, webhookSecret: live.secret }),
    ledgerTable: LEDGER_TABLE,
    dynamodbUrl,
    ...(sqs && { queue: { url: sqs.queueUrl, deadLetterUrl: sqs.deadLetterUrl, endpoint: sqs.url } }),
    linesFile: lines.file,
  });
  running.keep({ close });
  return (line) => lines.take(line);
}
