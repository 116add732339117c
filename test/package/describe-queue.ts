/** What the queue of a queued package must be; how it feeds the worker stands in describe-triggers.ts. */
import { describe, expect, it } from 'vitest';
import { ofType, type Packaged } from './packaged.ts';
import { toArn, toRef } from './references.ts';

export function describeQueue(packaged: () => Packaged): void {
  describe('the queue', () => {
    it('hides a message for six times the worker’s time, and keeps it for 14 days', () => {
      const { Resources } = packaged().template;
      const timeout: number = Resources['WorkerLambdaFunction']?.Properties['Timeout'];
      const { VisibilityTimeout } = Resources['DeliveryQueue']?.Properties ?? {};
      expect(timeout).toBeGreaterThanOrEqual(30);
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
      expect(Resources['DeliveryQueue']?.Properties).toMatchObject({
        MessageRetentionPeriod: 14 * 24 * 3600,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] },
          maxReceiveCount: 1000,
        },
      });
      expect(Resources['DeadLetters']?.Properties['MessageRetentionPeriod']).toBe(14 * 24 * 3600);
    });

    it('alone has its dead letters: no other queue of the account may use them', () => {
      const { DeliveryQueue, DeadLetters } = packaged().template.Resources;
      expect(DeliveryQueue?.Properties['QueueName']).toBe('hookmint-prod-deliveries');
      expect(DeadLetters?.Properties['RedriveAllowPolicy']).toEqual({
        redrivePermission: 'byQueue',
        sourceQueueArns: [
          {
            'Fn::Sub': 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:hookmint-prod-deliveries',
          },
        ],
      });
    });

    it('is encrypted at rest, with its dead letters', () => {
      const { template } = packaged();
      const queues = ofType(template, 'AWS::SQS::Queue');
      expect(queues).toHaveLength(2);
      for (const { Properties } of queues) expect(Properties['SqsManagedSseEnabled']).toBe(true);
    });

    it('refuses everybody who comes without TLS, by a policy for each queue alone', () => {
      const policies = ofType(packaged().template, 'AWS::SQS::QueuePolicy');
      const toPolicy = (id: string): object => ({
        Queues: [toRef(id)],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'EncryptedTransportOnly',
              Effect: 'Deny',
              Principal: '*',
              Action: 'sqs:*',
              Resource: toArn(id),
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      });
      expect(policies.map(({ Properties }) => Properties)).toEqual([
        toPolicy('DeliveryQueue'),
        toPolicy('DeadLetters'),
      ]);
    });
  });
}
