/** From an error of the AWS SDK to words for whoever typed the command: what was refused, and what to do. Pure. */
import { readText } from '../../lib/json/json.ts';
import { CommandError } from '../command-error.ts';

/**
 * @param what  What was being done: `reads the stack hookmint-prod`.
 * @param right The action of AWS that it takes: `cloudformation:DescribeStacks`.
 */
export function explainAws(error: unknown, what: string, right: string): CommandError {
  if (error instanceof CommandError) return error;
  const name = readText(error, 'name') ?? 'unknown';
  return new CommandError(`AWS: ${what}: ${explain(name, readText(error, 'message') ?? '', right)}`, {
    cause: error,
  });
}

function explain(name: string, message: string, right: string): string {
  if (/Credentials|Token.*Provider|SSO/i.test(name)) {
    return 'there are no credentials. Name a profile with AWS_PROFILE, or sign in: aws sso login';
  }
  if (/Expired/.test(name)) return 'the credentials have expired. Sign in again: aws sso login';
  if (/AccessDenied|Unauthorized|NotAuthorized/i.test(name)) {
    return `refused. It takes the right ${right}: infra/operator-policy.json has all that operators need`;
  }
  if (/UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|MissingAuthentication/.test(name)) {
    return `AWS does not know these credentials (${name})`;
  }
  if (/Throttl|TooManyRequests|LimitExceeded/i.test(name)) return `${name}: try again in a moment`;
  if (/Abort|Timeout|ECONN|ENOTFOUND/i.test(name)) return `no answer (${name}). Is the network there?`;
  return `${name}: ${message}`;
}
