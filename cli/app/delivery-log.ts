/** GitHub's log of deliveries, as the commands read it. */
import {
  createDeliveryLog,
  type DeliveryLog,
  toCallTime,
  type CallTime,
} from '../../lib/github/delivery-log.ts';
import type { CommandIo } from '../io/io.ts';
import { createCalls } from './calls.ts';
import type { NamedApp } from './named-app.ts';

/** For one call, in milliseconds: three tries of four seconds. Nobody waits for the command but a person. */
const CALL_MS = 12_000;

export interface LogReader {
  readonly log: DeliveryLog;
  /** The time of one call. */
  readonly time: () => CallTime;
}

/** @throws CommandError Where the App's private key is missing or is none. */
export async function openDeliveryLog(app: NamedApp, signal: AbortSignal, io: CommandIo): Promise<LogReader> {
  return {
    log: createDeliveryLog(await createCalls(app, io)),
    time: () => toCallTime(signal, CALL_MS),
  };
}
