/** What the console's page is told by its server, as JSON. Types only. */

/** A delivery as the list shows it. */
export interface Summary {
  /** In the order of arrival, from 1. */
  readonly key: number;
  /** `X-GitHub-Delivery`; empty where there was none. */
  readonly id: string;
  /** `issues.opened`. */
  readonly title: string;
  /** `issues`. */
  readonly event: string;
  /** `octo-org/widgets#14`; empty where the payload names none. */
  readonly subject: string;
  readonly sender: string;
  /** `under way` until there is an answer. */
  readonly outcome: string;
  /** What GitHub was answered; 0 while it is under way. */
  readonly status: number;
  /** ISO 8601. */
  readonly at: string;
  readonly durationMs: number;
  readonly bytes: number;
  readonly handlers: readonly { readonly name: string; readonly outcome: string }[];
  /** Name of the fixture that was sent. */
  readonly fixture?: string;
  /** Key of the delivery that was sent again. */
  readonly replayOf?: number;
  /** The only handler that was to run. */
  readonly onlyHandler?: string;
  readonly edited?: boolean;
}

/** A delivery with its way, without its payload. */
export interface Detail {
  readonly summary: Summary;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly signature: SignatureCheck;
  readonly contentType: string;
  /** Names of the handlers that there are now. */
  readonly knownHandlers: readonly string[];
  /** At the webhook, and then each of the worker's tries. */
  readonly passes: readonly Pass[];
}

export interface SignatureCheck {
  readonly verdict: 'valid' | 'wrong' | 'missing' | 'malformed';
  /** The header as it came. */
  readonly header: string | null;
  /** Over how many bytes. */
  readonly bytes: number;
}

/** What one function did with it. */
export interface Pass {
  readonly by: 'webhook' | 'worker';
  readonly at: string;
  readonly durationMs: number;
  readonly outcome: string;
  /** `200 handled`. */
  readonly ending: string;
  readonly remarks: readonly string[];
  readonly handlers: readonly HandlerView[];
  /** Calls that are no one handler's. */
  readonly calls: readonly CallView[];
  readonly lines: readonly LineView[];
  readonly error?: ErrorView;
}

export interface HandlerView {
  readonly name: string;
  readonly outcome: string;
  /** A documented code, or the text of a `skip`. */
  readonly reason?: string;
  /** What the code means, and what to do. */
  readonly meaning?: string;
  /** Why it did nothing, where it did nothing. */
  readonly silence?: string;
  readonly attempt?: number;
  /** What its token was asked to carry: `issues=write on octo-org/widgets`. */
  readonly asked?: string;
  /** What the token carries. */
  readonly given?: string;
  readonly token?: string;
  readonly durationMs?: number;
  readonly error?: ErrorView;
  readonly calls: readonly CallView[];
  readonly lines: readonly LineView[];
}

export interface CallView {
  readonly method: string;
  /** With its query string, where that is known. */
  readonly path: string;
  /** 0 where no answer came. */
  readonly status: number;
  readonly durationMs?: number;
  readonly request?: unknown;
  readonly response?: unknown;
}

export interface LineView {
  readonly at: string;
  /** `debug` … `error`. */
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ErrorView {
  readonly name: string;
  readonly message: string;
  readonly stack: readonly string[];
  readonly cause?: ErrorView;
}

/** A field that differs between two payloads. */
export interface FieldChange {
  /** `issue.labels[0].name`. */
  readonly path: string;
  /** JSON; absent where the field is new. */
  readonly before?: string;
  /** JSON; absent where the field is gone. */
  readonly after?: string;
}

export interface Difference {
  /** The delivery that it is held against; absent where there is no earlier one of its event. */
  readonly against?: { readonly key: number; readonly title: string; readonly at: string };
  readonly changes: readonly FieldChange[];
  /** Changes beyond those that are listed. */
  readonly more: number;
}

export interface GrantView {
  readonly handler: string;
  readonly events: readonly string[];
  readonly declared: Permissions | 'all';
  /** What the calls so far needed. */
  readonly used: Permissions;
  /** Declared, and needed by no call so far. */
  readonly surplus: Permissions;
  /** Calls whose need no list of GitHub's has. */
  readonly unknown: readonly string[];
  readonly calls: number;
}

export type Permissions = Readonly<Record<string, string>>;

/** What stands in for AWS here. */
export interface LocalView {
  readonly shape: 'inline' | 'queued';
  /** `the stand-in`, or the address of another GitHub. */
  readonly github: string;
  readonly ledger: readonly LedgerView[];
  readonly queue?: { readonly visible: number; readonly hidden: number };
  readonly deadLetters?: readonly DeadLetterView[];
  readonly sweep?: { readonly at: string; readonly fields: Readonly<Record<string, unknown>> };
  readonly canSweep: boolean;
}

export interface LedgerView {
  readonly id: string;
  readonly deliveryId: string;
  readonly handler: string;
  readonly state: string;
  readonly attempts: number;
  readonly reason?: string;
  /** ISO 8601; absent while it is claimed. */
  readonly endedAt?: string;
  /** ISO 8601, while it is claimed. */
  readonly leaseUntil?: string;
}

export interface DeadLetterView {
  readonly title: string;
  readonly deliveryId: string;
  readonly reason: string;
  readonly at: string;
}
