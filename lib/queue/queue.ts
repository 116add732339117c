/** What the product asks of a queue. `aws/queue.ts` keeps it with SQS. */

/** A message as the worker receives it. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
  /** How often it was received, this time included; waiting counts too. */
  readonly receiveCount: number;
  readonly sentAt: Date;
  /** Names this receipt of the message. */
  readonly receiptHandle: string;
  /** The queue that it came from. */
  readonly queueArn: string;
  /** What the message continues, where its sender traced it. */
  readonly traceparent?: string | undefined;
}

/** The end of the queue that the webhook holds. */
export interface QueueWriter {
  /**
   * @param group Deliveries of one group do not delay those of others: host and installation.
   * @throws ServiceFault `queue_unavailable`; `delivery_too_large` for what no message can hold.
   */
  send(message: string, group: string, signal: AbortSignal): Promise<void>;
}

/** The end that the worker holds. It does not remove messages: SQS does that when the worker returns. */
export interface QueueReader {
  /** Hides a message that goes back, for so many seconds. If that fails, it comes back when SQS shows it again. */
  postpone(record: QueueRecord, delaySeconds: number): Promise<void>;
  /**
   * Puts a copy among the dead letters, with the reason as message attribute `reason`.
   *
   * @throws ServiceFault `queue_unavailable`; the message must then go back.
   */
  bury(record: QueueRecord, reason: string): Promise<void>;
}
