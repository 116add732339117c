/** Before anything is timed: everybody does the work with genuine credentials, and refuses what is forged. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../child.mjs';
import { createDelivery } from '../deliveries.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

const NOTE_LOADS = ['--import', new URL('../note-loads.mjs', import.meta.url).href];

/** @typedef {{ atInit: number, byFirstDelivery: number }} LoadedBytes */

/**
 * @param {import('../bench.mjs').Bench} bench
 * @returns {Promise<Record<string, LoadedBytes>>} Bytes of the modules that each contender loads.
 */
export async function proveContenders(bench) {
  /** @type {Record<string, LoadedBytes>} */
  const loaded = {};
  for (const contender of bench.contenders) loaded[contender.name] = await prove(bench, contender);
  return loaded;
}

/**
 * @param {import('../bench.mjs').Bench} bench
 * @param {import('../contenders.mjs').Contender} contender
 */
async function prove({ standIns, folder }, contender) {
  const { name } = contender;
  const notes = join(folder, `${name}.loads`);
  await writeFile(notes, '');
  await standIns.takeCounts({ strict: true });
  const before = await standIns.countMessages();
  const noting = { ...contender, env: { ...contender.env, LOADS_FILE: notes } };
  const child = await startChild(noting, { folder, nodeFlags: NOTE_LOADS });
  const atInit = await sumNotes(notes);
  await child.invoke(createDelivery(WEBHOOK_SECRET));
  await takeChecked(contender, standIns, 1);
  const messages = (await standIns.countMessages()) - before;
  if (messages !== contender.messages) throw new Error(`${name} sent ${messages} messages`);
  const byFirstDelivery = await sumNotes(notes);
  if (name !== 'empty') await proveRefusal(child, name);
  const { mints, comments } = await standIns.takeCounts({ strict: false });
  if (mints + comments > 0) throw new Error(`${name} worked for a forged delivery`);
  await child.close();
  return { atInit, byFirstDelivery };
}

/**
 * @param {import('../child.mjs').Child} child
 * @param {string} name
 */
async function proveRefusal(child, name) {
  const taken = await child.invoke(createDelivery('another secret')).then(
    () => true,
    () => false,
  );
  if (taken) throw new Error(`${name} took a forged delivery`);
}

/** @param {string} notes */
async function sumNotes(notes) {
  const lines = (await readFile(notes, 'utf8')).split('\n');
  return lines.reduce((sum, line) => sum + Number(line), 0);
}
