/** What the queue of a queued package must be. */
import { describe, expect, it } from 'vitest';
import { ofType, type Packaged } from './packaged.ts';

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

    it('is encrypted at rest, and refuses everybody who comes without TLS', () => {
      const { template } = packaged();
      const queues = ofType(template, 'AWS::SQS::Queue');
      expect(queues).toHaveLength(2);
      for (const { Properties } of queues) expect(Properties['SqsManagedSseEnabled']).toBe(true);
      const arns = queues.map(({ id }) => ({ 'Fn::GetAtt': [id, 'Arn'] }));
      expect(ofType(template, 'AWS::SQS::QueuePolicy').map(({ Properties }) => Properties)).toMatchObject([
        {
          Queues: queues.map(({ id }) => ({ Ref: id })),
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Deny',
                Principal: '*',
                Action: 'sqs:*',
                Resource: arns,
                Condition: { Bool: { 'aws:SecureTransport': 'false' } },
              },
            ],
          },
        },
      ]);
    });

    it('feeds the worker ten at a time, and takes each answer for itself', () => {
      const { template } = packaged();
      expect(ofType(template, 'AWS::Lambda::EventSourceMapping')).toMatchObject([
        {
          Properties: {
            BatchSize: 10,
            FunctionResponseTypes: ['ReportBatchItemFailures'],
            ScalingConfig: { MaximumConcurrency: 10 },
          },
        },
      ]);
    });
  });
}
