/** The fields of log lines, each described once: from here come the names that a line may have, and `docs/logs.md`. */

interface FieldDescription {
  /** What stands there: its type, with its unit. */
  readonly is: string;
  readonly meaning: string;
}

/** On every line; a handler's own field of such a name is replaced. */
export const COMMON_FIELDS = {
  timestamp: { is: 'ISO 8601, UTC', meaning: 'when the line was written' },
  level: { is: '`DEBUG`, `INFO`, `WARN`, `ERROR`', meaning: 'how bad it is' },
  code: { is: 'text', meaning: 'which line it is: it never changes, and filters should go by it' },
  message: { is: 'text', meaning: 'the line in words, without anything that varies' },
  version: { is: 'number as text', meaning: 'which version of the function wrote it; absent outside Lambda' },
} as const satisfies Readonly<Record<string, FieldDescription>>;

/** The fields that only some lines have; `lines.ts` says which. */
export const FIELDS = {
  action: { is: 'text, or null', meaning: '`action` of the payload' },
  asked: { is: 'count', meaning: 'deliveries that GitHub was asked to deliver again' },
  attempt: { is: 'number, from 1', meaning: 'which try of this handler it was' },
  attempts: { is: 'count', meaning: 'how often GitHub was asked for it' },
  delaySeconds: { is: 'seconds', meaning: 'until the message comes back' },
  deliveredAt: { is: 'ISO 8601, UTC', meaning: 'when GitHub delivered it, by its log' },
  delivery: { is: 'text', meaning: '`X-GitHub-Delivery`: the GUID, the same for every redelivery' },
  dryRun: { is: 'boolean', meaning: 'whether nothing was changed' },
  durationMs: { is: 'milliseconds', meaning: 'what it took' },
  error: {
    is: '`{ name, message, code, status, stack, cause }`',
    meaning: 'what was thrown, without request, response or properties of its own',
  },
  event: { is: 'text', meaning: '`X-GitHub-Event`' },
  finished: { is: 'boolean', meaning: 'whether the log was read to its end and everything due was seen to' },
  format: { is: 'number', meaning: 'version of the format, `v` of the message' },
  gaveUp: { is: 'count', meaning: 'deliveries that failed after their last ask' },
  grant: {
    is: 'text: `issues=write on 186853002`',
    meaning: "what the handler's token was asked to carry, and for which repositories",
  },
  handler: { is: 'text', meaning: 'name of the handler' },
  handlers: { is: 'count', meaning: 'handlers that claimed the delivery' },
  hook: { is: 'text, or null', meaning: '`X-GitHub-Hook-ID`' },
  installation: { is: 'number, or null', meaning: 'id of the installation' },
  logId: { is: 'text', meaning: "id of the attempt in GitHub's log" },
  lost: { is: 'count', meaning: 'deliveries that GitHub no longer has' },
  method: { is: '`GET`, `POST`, …', meaning: 'method of the call at GitHub' },
  missing: { is: 'count', meaning: 'deliveries that were taken, and that no handler began' },
  next: { is: '`done`, `again`, `dead`', meaning: 'what becomes of the message' },
  open: { is: 'count', meaning: 'failures that are still to be asked for' },
  outcome: { is: '`handled`, `skipped`, `failed`, …', meaning: 'what became of it' },
  path: { is: 'text', meaning: 'path of the call at GitHub' },
  pulled: {
    is: 'count',
    meaning:
      "deliveries that were taken from GitHub's log, since they are too large or too many to be sent again",
  },
  proof: { is: 'text', meaning: "what was seen of GitHub's signatures with the new secret" },
  queueMessage: { is: 'text', meaning: 'id of the message in SQS' },
  queuedMs: { is: 'milliseconds', meaning: 'from sending the message to this try' },
  reason: { is: 'code, often with a detail', meaning: 'why: docs/reasons.md' },
  records: { is: 'list', meaning: 'keys of records in the table' },
  recovered: { is: 'count', meaning: 'failures that turned good' },
  requestId: { is: 'text', meaning: '`X-GitHub-Request-Id`: what GitHub knows the call by' },
  route: { is: 'text: `POST /repos/{owner}/{repo}/issues`', meaning: 'the call at GitHub' },
  scanned: { is: 'count', meaning: "entries of GitHub's log that were read" },
  spans: { is: 'count', meaning: 'parts of traces' },
  status: { is: 'HTTP status', meaning: 'what GitHub was answered; of a `call`, what it answered' },
  step: { is: '`createSecret`, `setSecret`, …', meaning: 'step of a rotation' },
  stopped: { is: 'code', meaning: 'why the run ended before it was finished' },
  targetApp: { is: 'number as text', meaning: 'the App that the delivery was meant for' },
  token: { is: '`minted`, `cached`', meaning: "where the handler's token came from" },
  used: { is: 'number', meaning: 'id of the installation that was used in its place' },
  unreadable: { is: 'count', meaning: 'records of another version' },
  unreadableEntries: {
    is: 'count',
    meaning: 'entries of GitHub’s log that say too little to be asked for',
  },
} as const satisfies Readonly<Record<string, FieldDescription>>;

export type FieldName = keyof typeof FIELDS;
