/** `hookmint key import`: the file, the stage, and what is told of it. */
import { toStageApp } from '../app/target.ts';
import type { CommandIo } from '../io/io.ts';
import type { Line } from '../io/lines.ts';
import { findStage } from '../stage/find-stage.ts';
import type { Stage } from '../stage/stage.ts';
import { type BroughtKey, bringKey } from './bring-key.ts';
import { readKeyFile } from './read-key-file.ts';

export interface ImportOptions {
  readonly stage: string;
  readonly json: boolean;
}

/** @throws CommandError, ServiceFault, Interrupted. Run again, it goes on where it ended. */
export async function runImport(file: string, options: ImportOptions, io: CommandIo): Promise<void> {
  const privateKey = await readKeyFile(file, io);
  const stage = await findStage(options.stage, io);
  const brought = await bringKey(privateKey, { stage, app: toStageApp(stage), from: file }, io);
  const { arn, spec, fingerprint, isNew, isMoved, alias, facts } = brought;
  io.report(options.json, {
    value: {
      stage: stage.name,
      key: { arn, spec, fingerprint },
      alias,
      imported: isNew,
      moved: isMoved,
      deployed: stage.privateKeyKmsKey === alias,
      deleteAtGitHub: listForDeletion(brought),
      notAsked: listNotAsked(brought),
      settingsUrl: facts.settingsUrl,
    },
    lines: [
      `KMS has the key ${fingerprint} as ${arn} (${spec}), and GitHub takes what it signs. ${alias} leads to it.`,
      ...describeNext(brought, stage),
      ...describeFile(file),
    ],
  });
}

/** Keys of before that GitHub still takes, by the fingerprints that it shows. */
export function listForDeletion({ others }: BroughtKey): readonly string[] {
  return others.flatMap(({ takenByGitHub, fingerprint }) =>
    takenByGitHub === true && fingerprint !== null ? [fingerprint] : [],
  );
}

/** Keys of before that may still sign, and of which GitHub could not be asked; by ARN where no fingerprint is known. */
export function listNotAsked({ others }: BroughtKey): readonly string[] {
  return others.flatMap(({ takenByGitHub, state, fingerprint, arn }) =>
    takenByGitHub === null && state === 'Enabled' ? [fingerprint ?? arn] : [],
  );
}

export function describeNext(brought: BroughtKey, stage: Stage): readonly Line[] {
  const { alias, facts } = brought;
  const toDelete = listForDeletion(brought);
  return [
    ...(stage.privateKeyKmsKey === alias
      ? ['The functions sign with it from the next JWT on, within ten minutes.']
      : [describeParameter(alias, stage)]),
    ...(toDelete.length === 0
      ? []
      : [
          `A quarter of an hour ${stage.privateKeyKmsKey === alias ? 'from now' : 'after that'}, delete this key at ${facts.settingsUrl}: ${toDelete.join(', ')}`,
        ]),
    ...(brought.others.every(({ state }) => state === 'PendingDeletion')
      ? []
      : [
          `KMS keeps the keys of before, a dollar a month each: hookmint key --stage ${stage.name} lists them, hookmint key delete FINGERPRINT --stage ${stage.name} ends one.`,
        ]),
  ];
}

/** The file is what the whole matter is about: the key is in nobody's hands once it is gone. */
export function describeFile(file: string): readonly Line[] {
  return [
    `Delete the file, and every copy of it: shred -u ${file} (where there is no shred: rm, and empty the bin). KMS never gives the key out; where it is lost, generate another one at GitHub.`,
  ];
}

function describeParameter(alias: string, { name, privateKeyKmsKey }: Stage): string {
  const now =
    privateKeyKmsKey === undefined ? 'reads its key from a secret' : `signs with ${privateKeyKmsKey}`;
  const after =
    privateKeyKmsKey === undefined
      ? ' Once everything works, delete the secret: it holds a copy that can be read.'
      : '';
  return `The stage ${name} still ${now}: write privateKeyKmsKey: ${alias} under params in serverless.yml, and deploy.${after}`;
}
