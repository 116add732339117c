/** SQS, as far as hookmint calls it. */
import type {
  ChangeMessageVisibilityCommandInput,
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  GetQueueUrlCommandInput,
  GetQueueUrlCommandOutput,
  SendMessageCommandInput,
  SendMessageCommandOutput,
} from '@aws-sdk/client-sqs';
import { type AwsCall, type CallDeps, createAwsCall } from './call.ts';

export type Taken = Pick<SendMessageCommandOutput, 'MD5OfMessageBody'>;

/** What goes into each operation and comes back, as far as it is looked at. */
export interface SqsOperations {
  readonly SendMessage: { readonly input: SendMessageCommandInput; readonly output: Taken };
  readonly ChangeMessageVisibility: {
    readonly input: ChangeMessageVisibilityCommandInput;
    readonly output: object;
  };
  readonly GetQueueAttributes: {
    readonly input: GetQueueAttributesCommandInput;
    readonly output: Pick<GetQueueAttributesCommandOutput, 'Attributes'>;
  };
  readonly GetQueueUrl: {
    readonly input: GetQueueUrlCommandInput;
    readonly output: Pick<GetQueueUrlCommandOutput, 'QueueUrl'>;
  };
}

/** Calls of SQS. What `AwsCall` says of tries and errors holds. */
export type SqsCall = AwsCall<SqsOperations>;

/** @throws Error As `toEndpoint`: where the environment does not say where SQS is. */
export function createSqsCall(deps: CallDeps): SqsCall {
  return createAwsCall('sqs', deps);
}
