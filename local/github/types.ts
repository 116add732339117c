/**
 * What the GitHub stand-in is told and what it offers: shared words of this folder.
 * Types only.
 */
import type { KeyObject } from 'node:crypto';
import type { AppHook, HookConfig } from './app-hook.ts';
import type { Deliveries, KeptDeliveries } from './delivery-log.ts';

/** A request as an answer written as a function sees it. */
export interface RespondRequest {
  readonly method: string;
  /** Percent-encoded, without the query string. */
  readonly path: string;
  /** What stands for the names in braces. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Without the token. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; undefined where there was none. */
  readonly body: unknown;
}

export interface FullResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type ResponseBody = object | string | number | boolean | null;

/**
 * What a route answers: a body, sent as JSON with a 200; `{ status, headers, body }`; or a function that returns one
 * or the other, or undefined for what the stand-in answers by itself.
 */
export type ResponseSpec =
  | FullResponse
  | ResponseBody
  | ((
      request: RespondRequest,
    ) => FullResponse | ResponseBody | undefined | Promise<FullResponse | ResponseBody | undefined>);

/** By route, as GitHub's documentation writes it: `GET /repos/{owner}/{repo}/topics`. */
export type Responses = Readonly<Record<string, ResponseSpec>>;

/** Answers to `POST /graphql` by the name of the operation: the whole body, `{ data }` or `{ data, errors }`. */
export type GraphqlAnswers = Readonly<Record<string, object>>;

/** Permission names and levels as GitHub spells them; unknown names are just never granted. */
export type Permissions = Readonly<Record<string, string>>;

export interface AppSpec {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  /** Several are valid at once, as while a key is rotated. None: `Integration must generate a public key`. */
  readonly publicKeys: readonly (KeyObject | string)[];
  /** What the App asks of an account; an installation may have granted less. */
  readonly permissions: Permissions;
  /** Default: the slug. */
  readonly name?: string;
  /** Login of its owner. Default: the slug and `-owner`. */
  readonly owner?: string;
  /** What it is subscribed to. Default: nothing. */
  readonly events?: readonly string[] | (() => readonly string[]);
  /** Where its webhook leads, where it was registered from a manifest. */
  readonly hookUrl?: string;
}

interface AccountSpec {
  /** Of an enterprise its slug. */
  readonly login: string;
  readonly type: 'Organization' | 'User' | 'Enterprise';
  readonly id?: number;
}

export interface InstallationSpec {
  readonly id: number;
  readonly account: AccountSpec;
  readonly permissions: Permissions;
  /** `all`, or names without owner. */
  readonly repositories: 'all' | readonly string[];
  readonly suspended?: boolean;
}

export interface IssueSpec {
  readonly number: number;
  readonly title: string;
  readonly body?: string;
  /** Login of the author. Default `ghost`, as GitHub shows those who are gone. */
  readonly user?: string;
  readonly authorAssociation?: string;
  /** Names; one that the repository has not is made, as GitHub does. */
  readonly labels?: readonly string[];
  /** Logins. */
  readonly assignees?: readonly string[];
  /** Title of one of the repository's `milestones`. */
  readonly milestone?: string;
  readonly locked?: boolean;
  /** Default `open`. */
  readonly state?: 'open' | 'closed';
  readonly comments?: readonly CommentSpec[];
  readonly reactions?: readonly ReactionSpec[];
}

export interface CommentSpec {
  /** Login of the author; default: the App's bot. */
  readonly user?: string;
  readonly body: string;
  readonly reactions?: readonly ReactionSpec[];
}

interface ReactionSpec {
  readonly user: string;
  readonly content: string;
}

export interface MilestoneSpec {
  readonly title: string;
  /** Default `open`. */
  readonly state?: 'open' | 'closed';
  readonly description?: string;
}

export interface StatusSpec {
  readonly sha: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  /** Default `default`, as GitHub's. */
  readonly context?: string;
  readonly description?: string;
}

export type CollaboratorLevel = 'read' | 'triage' | 'write' | 'maintain' | 'admin';

export interface TeamSpec {
  readonly slug: string;
  /** Default: the slug. */
  readonly name?: string;
  /** Logins, with `maintainer` or `member`. */
  readonly members?: Readonly<Record<string, 'maintainer' | 'member'>>;
}

export interface OrganizationSpec {
  readonly login: string;
  readonly id?: number;
  /** Logins, with `admin` or `member`. */
  readonly members?: Readonly<Record<string, 'admin' | 'member'>>;
  readonly teams?: readonly TeamSpec[];
}

export interface PullFileSpec {
  readonly filename: string;
  /** Default `modified`. */
  readonly status?: string;
  readonly additions?: number;
  readonly deletions?: number;
  readonly patch?: string;
}

export interface PullSpec extends IssueSpec {
  readonly head: { readonly ref: string; readonly sha: string };
  /** Branch to merge into; default: the repository's default branch. */
  readonly base?: string;
  readonly draft?: boolean;
  /** Logins. */
  readonly requestedReviewers?: readonly string[];
  readonly files?: readonly PullFileSpec[];
  /** Default: the sums over `files`. */
  readonly additions?: number;
  readonly deletions?: number;
  readonly changedFiles?: number;
}

export interface LabelSpec {
  readonly name: string;
  /** Six hex digits. */
  readonly color?: string;
  readonly description?: string;
}

export interface RepositorySpec {
  readonly id: number;
  readonly full_name: string;
  readonly private?: boolean;
  /** Default `main`. */
  readonly defaultBranch?: string;
  readonly issues?: readonly IssueSpec[];
  readonly pulls?: readonly PullSpec[];
  readonly labels?: readonly LabelSpec[];
  readonly milestones?: readonly MilestoneSpec[];
  /** Besides the default branch; each begins at its tip. */
  readonly branches?: readonly string[];
  /** Texts by path, on the default branch. */
  readonly files?: Readonly<Record<string, string>>;
  /** Logins with their permission, `read` to `admin`. Others may read what is public. The owner is `admin`. */
  readonly collaborators?: Readonly<Record<string, CollaboratorLevel>>;
  readonly statuses?: readonly StatusSpec[];
  /** Hashes of commits that exist besides the heads of `pulls`: check runs are taken for no others. */
  readonly commits?: readonly string[];
}

export interface UserSpec {
  readonly login: string;
  readonly id?: number;
}

export interface GitHubOptions {
  readonly app: AppSpec;
  readonly installations?: readonly InstallationSpec[];
  readonly repositories?: readonly RepositorySpec[];
  /** Ids for people whose login appears above; anyone else is given one. */
  readonly users?: readonly UserSpec[];
  readonly organizations?: readonly OrganizationSpec[];
  /** The App's webhook as it begins. */
  readonly hook?: Partial<HookConfig>;
  readonly responses?: Responses;
  readonly graphql?: GraphqlAnswers;
  /** Server clock in milliseconds; default `Date.now`. */
  readonly now?: () => number;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Keeps the log of deliveries for the next one. */
  readonly keptDeliveries?: KeptDeliveries | undefined;
  /** Default `stateless`: `ghs_APPID_` and three base64url parts, about 520 characters. */
  readonly tokenStyle?: TokenStyle;
  /** Default 3600, as GitHub's. */
  readonly tokenLifetimeSeconds?: number;
}

export type TokenStyle = 'stateless' | 'classic';

/** What a token may do: permissions × repositories. */
export interface Grant {
  readonly installationId: number;
  readonly permissions: Permissions;
  /** Absent: every repository of the installation, present or future. */
  readonly repositoryIds?: readonly number[];
}

/** A token that was handed out, known by its digest; the text itself is kept nowhere else. */
export interface IssuedToken {
  readonly sha256: string;
  readonly grant: Grant;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly revoked: boolean;
}

type Credential = 'jwt' | 'token' | 'none';

/** One request as the stand-in answered it. Never holds a credential's text. */
export interface RecordedCall {
  readonly method: string;
  /** With its query string. */
  readonly path: string;
  /** 0 while unanswered, and for ever where a fault cut the connection or kept silent. */
  readonly status: number;
  readonly credential: Credential;
  readonly tokenSha256?: string;
  readonly userAgent?: string;
  readonly at: Date;
  /** The answer's `X-GitHub-Request-Id`: the log line `call` of the function that asked has it, too. */
  readonly requestId: string;
  /** Parsed JSON, if it was JSON. */
  readonly requestBody?: unknown;
  /** What was answered, if it was JSON; of a mint without the token. */
  readonly responseBody?: unknown;
}

export interface FaultMatcher {
  readonly method?: string;
  /** Tested against the path without its query string. */
  readonly path?: RegExp;
}

export type Fault =
  /** Answer this instead; nothing takes effect. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** Cut the connection before anything takes effect. */
  | { readonly reset: true }
  /** Let it take effect, then cut the connection instead of answering. */
  | { readonly resetAfter: true }
  /** Never answer; nothing takes effect. */
  | { readonly silence: true }
  /** Answer properly, this much later (real time). */
  | { readonly delayMs: number }
  /** Answers when this has come to pass. */
  | { readonly heldUntil: Promise<unknown> };

export interface Faults {
  /** The next `times` (default 1) requests that match meet this fault. First come, first served. */
  next(matcher: FaultMatcher, fault: Fault, times?: number): void;
}

/** How fresh tokens are refused before every GitHub replica knows them; with neither bound, for ever. */
export interface Lag {
  readonly status: 401 | 403 | 404;
  /** Refuse this many calls of each fresh token. */
  readonly calls?: number;
  /** Refuse while a token is younger than this, by the server clock. */
  readonly ms?: number;
}

interface SeenComment {
  readonly id: number;
  readonly body: string;
  readonly user: string;
}

interface SeenCheckRun {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly title: string | null;
  readonly summary: string | null;
}

interface SeenIssue {
  readonly title: string;
  readonly state: string;
  readonly body: string | null;
}

/** What handlers left behind. Read past all rules, unrecorded. Throws on a repository or number that is not there. */
export interface Seen {
  comments(fullName: string, number: number): Promise<readonly SeenComment[]>;
  labels(fullName: string, number: number): Promise<readonly string[]>;
  checkRuns(fullName: string, sha: string): Promise<readonly SeenCheckRun[]>;
  /** An issue or a pull request. */
  issue(fullName: string, number: number): Promise<SeenIssue>;
}

/** A running stand-in for GitHub's REST API. */
export interface GitHub {
  /** API base, without a trailing slash: what `GITHUB_API_URL` is set to. */
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  readonly tokens: readonly IssuedToken[];
  readonly faults: Faults;
  readonly seen: Seen;
  /** The log of what was delivered to the App. */
  readonly deliveries: Deliveries;
  /** The App's webhook, as its settings have it. */
  readonly hook: Pick<AppHook, 'config' | 'change'>;
  suspend(installationId: number): void;
  unsuspend(installationId: number): void;
  /** Its tokens die with it. */
  uninstall(installationId: number): void;
  /** The owner accepts other permissions; tokens minted before keep what they had. */
  grant(installationId: number, permissions: Permissions): void;
  /**
   * What `world.json` says now: what is new is added, and grants and written answers are as it says. What is there
   * stays, with all that handlers left in it.
   *
   * @throws Error where a key of `responses` is no route.
   */
  take(world: Omit<GitHubOptions, 'app'>): Promise<void>;
  /** A new installation on the running stand-in, replacing one with the same id. */
  install(installation: InstallationSpec): void;
  /** A new repository, or more issues, pulls and labels for one that is there. */
  addRepository(repository: RepositorySpec): Promise<void>;
  /** Kills this token, as `DELETE /installation/token` with it would. */
  revoke(token: string): void;
  /** Same owner only. The old name answers with redirects from then on. */
  rename(oldFullName: string, newFullName: string): Promise<void>;
  registerKey(publicKey: KeyObject | string): void;
  removeKey(publicKey: KeyObject | string): void;
  /** Tokens minted from now on are refused at first. `undefined` ends it for new and old ones. */
  lag(lag: Lag | undefined): void;
  /** Moves the server clock. */
  advance(ms: number): void;
  close(): Promise<void>;
}
