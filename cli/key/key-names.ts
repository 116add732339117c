/**
 * How the keys of a stage are called in KMS. The functions sign with what is behind one alias, `alias/my-app-prod`. Each key
 * also has an alias of its own below that one, made of its fingerprint, `alias/my-app-prod/9f86…`: so a key that was begun is
 * found again, and one file never becomes two keys. Pure.
 */
import type { Stage } from '../stage/stage.ts';

/** What keys of a stage are tagged with, so that the policy of operators can be held to them. */
export const KEY_TAG = 'hookmint';

/** The alias that the functions of the stage sign with, or will. */
export function toStageAlias({ stackName, privateKeyKmsKey }: Stage): string {
  return privateKeyKmsKey?.startsWith('alias/') === true ? privateKeyKmsKey : `alias/${stackName}`;
}

/** @param fingerprint `SHA256:` and base64, which has characters that no alias may have. */
export function toKeyAlias(stageAlias: string, fingerprint: string): string {
  return `${stageAlias}/${Buffer.from(fingerprint.replace(/^SHA256:/, ''), 'base64').toString('hex')}`;
}

/** @returns The fingerprint of the key that has this alias of its own; undefined for every other alias. */
export function findFingerprint(stageAlias: string, alias: string): string | undefined {
  const [, hex] = /^([0-9a-f]{64})$/.exec(alias.slice(stageAlias.length + 1)) ?? [];
  if (hex === undefined || !alias.startsWith(`${stageAlias}/`)) return undefined;
  return `SHA256:${Buffer.from(hex, 'hex').toString('base64')}`;
}
