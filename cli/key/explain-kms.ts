/** What KMS refuses an operator, in words that say what to do. Pure. */
import { readText } from '../../lib/json/json.ts';
import { CommandError } from '../command-error.ts';
import { explainAws } from '../stage/explain-aws.ts';

interface Attempt {
  /** `signs`. */
  readonly what: string;
  /** `kms:Sign`. */
  readonly right: string;
  /** Its name. */
  readonly stage: string;
}

export function explainKms(error: unknown, { what, right, stage }: Attempt): CommandError {
  const message = readText(error, 'message') ?? '';
  const mend = findMend(readText(error, 'name') ?? '', message, stage);
  return mend === undefined
    ? explainAws(error, what, right)
    : new CommandError(`AWS: ${what}: ${message} ${mend}`, { cause: error });
}

/** Whether this is the error of an AWS service that has this name, or was explained from it. */
export function isNamed(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === name || (error instanceof CommandError && isNamed(error.cause, name));
}

function findMend(name: string, message: string, stage: string): string | undefined {
  if (name === 'NotFoundException')
    return `Put the App's key there: hookmint key import FILE --stage ${stage}`;
  if (name === 'DisabledException') return 'Enable it: aws kms enable-key --key-id ID';
  if (name !== 'KMSInvalidStateException') return undefined;
  if (/pending deletion/i.test(message))
    return 'Where it is still wanted: aws kms cancel-key-deletion --key-id ID, then aws kms enable-key --key-id ID';
  if (/pending import/i.test(message))
    return `It has no material yet: hookmint key import FILE --stage ${stage}`;
  return undefined;
}
