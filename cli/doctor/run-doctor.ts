/** Runs the checks and tells what they say. */
import { loadTarget } from '../app/target.ts';
import type { CommandIo } from '../io/io.ts';
import { type Line, painted } from '../io/lines.ts';
import { findStage } from '../stage/find-stage.ts';
import { type Check, isNotMade, learn } from './check.ts';
import { examineStage } from './examine-stage.ts';
import { examine, examineHandlers, type Patient } from './examine.ts';

export interface DoctorOptions {
  readonly stage?: string;
  readonly check: boolean;
  readonly json: boolean;
}

export interface Diagnosis {
  /** No check failed. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

export async function runDoctor({ stage, check, json }: DoctorOptions, io: CommandIo): Promise<void> {
  const found = stage === undefined ? undefined : await findStage(stage, io);
  const target = await learn(() => loadTarget(stage, io));
  const app = target.isKnown ? { ...target, value: target.value.app } : target;
  const patient = { app, webhookAddress: found?.webhookAddress };
  const ofApp = await diagnose(patient, check, io);
  const ofStage =
    found === undefined || check
      ? []
      : await io.showing('Examining the stage', () => examineStage(found, io));
  const diagnosis = toDiagnosis([...ofApp.checks, ...ofStage]);
  io.report(json, { value: diagnosis, lines: describeDiagnosis(diagnosis) });
  if (!diagnosis.ok) io.foundWrong();
}

/** @param onlyHandlers Whether no more is asked than what a deployment of the handlers depends on. */
export async function diagnose(patient: Patient, onlyHandlers: boolean, io: CommandIo): Promise<Diagnosis> {
  const checks = await io.interruptible((signal) =>
    io.showing('Examining the App', async () => {
      const found = await (onlyHandlers
        ? examineHandlers(patient, io, signal)
        : examine(patient, io, signal));
      // Who was not waited for did not fail.
      signal.throwIfAborted();
      return found;
    }),
  );
  return toDiagnosis(checks);
}

function toDiagnosis(checks: readonly Check[]): Diagnosis {
  return { ok: checks.every(({ status }) => status !== 'fail'), checks };
}

const MARKS = {
  pass: painted('green', 'pass'),
  warn: painted('yellow', 'warn'),
  fail: painted('red', 'fail'),
} as const;

export function describeDiagnosis({ ok, checks }: Diagnosis): readonly Line[] {
  const width = Math.max(...checks.map(({ id }) => id.length));
  const made = checks.filter((check) => !isNotMade(check));
  const count = (wanted: Check['status']): number => made.filter(({ status }) => status === wanted).length;
  const notMade = checks.length - made.length;
  return [
    ...checks.flatMap(({ id, status, message, mend }): Line[] => {
      const [first = '', ...more] = message.split('\n');
      const indent = ' '.repeat(width + 8);
      return [
        [MARKS[status], `  ${id.padEnd(width)}  ${first}`],
        ...more.map((line) => `${indent}${line}`),
        ...(mend === null ? [] : [[indent, painted('dim', mend)]]),
      ];
    }),
    '',
    ok
      ? `Nothing fails; ${count('warn')} to look at.`
      : `${count('fail')} fail, ${count('warn')} to look at${notMade === 0 ? '' : `, ${notMade} not made`}.`,
  ];
}
