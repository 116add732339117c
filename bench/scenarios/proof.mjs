/** Before anything is timed: everybody does the work with genuine credentials, and refuses what is forged. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../child.mjs';
import { createDelivery } from '../deliveries.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

const NOTE_LOADS = ['--import', new URL('../note-loads.mjs', import.meta.url).href];

/** @typedef {{ atInit: number, byFirstDelivery: number, files: string[] }} LoadedBytes files: all of them, by path. */

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
  const { bytes: atInit } = await readNotes(notes);
  await child.invoke(createDelivery(WEBHOOK_SECRET));
  await takeChecked(contender, standIns, 1);
  const messages = (await standIns.countMessages()) - before;
  if (messages !== contender.messages) throw new Error(`${name} sent ${messages} messages`);
  const { bytes: byFirstDelivery, files } = await readNotes(notes);
  if (name !== 'empty') await proveRefusal(child, name);
  const { mints, comments } = await standIns.takeCounts({ strict: false });
  if (mints + comments > 0) throw new Error(`${name} worked for a forged delivery`);
  await child.close();
  return { atInit, byFirstDelivery, files };
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
async function readNotes(notes) {
  const files = (await readFile(notes, 'utf8')).split('\n').filter((line) => line !== '');
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return { files, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
