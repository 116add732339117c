/** The outputs of a packaged stack: all that `hookmint … --stage` finds a stage by. */
import { describe, expect, it } from 'vitest';
import { toStage } from '../../cli/stage/stage.ts';
import type { Packaged } from './packaged.ts';

const NAMED = { name: 'prod', stackName: 'hookmint-prod', region: 'eu-west-1' };

export function describeOutputs(of: (name: string) => Packaged): void {
  /** The outputs with what CloudFormation would put there, as text. */
  const toOutputs = (name: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(of(name).template.Outputs).map(([key, { Value: value }]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );

  describe('the outputs', () => {
    it.each(['inline, function URL', 'inline, HTTP API'])('%s, name every part of the stage', (name) => {
      expect(toStage(NAMED, toOutputs(name))).toMatchObject({
        queue: undefined,
        logGroups: ['{"Ref":"WebhookLogGroup"}', '{"Ref":"SweeperLogGroup"}', '{"Ref":"RotatorLogGroup"}'],
        rotatorLogGroup: '{"Ref":"RotatorLogGroup"}',
      });
    });

    it.each(['queued, function URL', 'queued, HTTP API'])('%s, name the queue and the worker', (name) => {
      const rotates = name === 'queued, function URL';
      expect(toStage(NAMED, toOutputs(name))).toMatchObject({
        queue: { url: '{"Ref":"DeliveryQueue"}', deadLetterUrl: '{"Ref":"DeadLetters"}' },
        logGroups: [
          '{"Ref":"WebhookLogGroup"}',
          '{"Ref":"SweeperLogGroup"}',
          '{"Ref":"WorkerLogGroup"}',
          ...(rotates ? ['{"Ref":"RotatorLogGroup"}'] : []),
        ],
        rotatorLogGroup: rotates ? '{"Ref":"RotatorLogGroup"}' : undefined,
      });
    });

    it('name what was given as well as what was made', () => {
      expect(toStage(NAMED, toOutputs('inline, HTTP API'))).toMatchObject({
        apiUrl: 'https://github.example.com/api/v3',
        webhookSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:both-AbCdEf',
        privateKeySecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:both-AbCdEf',
      });
      expect(toStage(NAMED, toOutputs('queued, HTTP API'))).toMatchObject({
        appId: 'Iv23ctTestClientId00',
        ledgerTable: 'restored-ledger',
        webhookSecretArn: '{"Ref":"WebhookSecret"}',
      });
    });
  });
}
