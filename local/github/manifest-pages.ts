/**
 * GitHub's pages for an App from a manifest, and the one exchange of the code that they give out. Somebody is signed in,
 * who may make Apps for every organization.
 *
 * Source: GitHub docs, "Registering a GitHub App from a manifest"; the sentences as people report them.
 */
import { type KeyObject, randomBytes } from 'node:crypto';
import { type Subscription, findSubscription } from '../../lib/events/subscriptions.ts';
import { type JsonObject, isObject, parseJson, readField, readText } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import { createAppKey } from './app-key.ts';
import { describeApp } from './describe.ts';
import { notFound, type Reply, reply } from './replies.ts';
import type { AppSpec, Permissions } from './types.ts';
import type { World } from './world.ts';

/** Who is signed in. */
const LOGIN = 'monalisa';

const CODE_LIFETIME_MS = 3_600_000;
const MAX_NAME_LENGTH = 34;
const LEVELS = ['read', 'write', 'admin'];

/** What the page holds until somebody presses its button. */
interface Form {
  readonly manifest: JsonObject;
  readonly state: string;
  readonly owner: string;
}

/** An App that was made, whose key was not fetched yet. */
interface Made {
  readonly app: AppSpec;
  readonly publicKey: KeyObject;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
  readonly untilMs: number;
}

export interface ManifestPages {
  /** @returns undefined for what is none of these pages. */
  answer(request: HttpRequest, world: World): Reply | undefined;
}

export function createManifestPages(): ManifestPages {
  const forms = new Map<string, Form>();
  const apps = createMadeApps();

  /** The page on which the name can still be changed. */
  const showForm = ({ method, query, body }: HttpRequest, owner: string): Reply => {
    const manifest = parseJson(new URLSearchParams(method === 'POST' ? body : '').get('manifest') ?? '');
    const problems = isObject(manifest) ? findProblems(manifest) : ['There is no manifest.'];
    if (!isObject(manifest) || problems.length > 0) return showPage(422, problems.join('\n'));
    const id = randomBytes(8).toString('hex');
    forms.set(id, { manifest, state: query.get('state') ?? '', owner });
    return showPage(
      200,
      `<form method="post" action="/settings/apps/manifest"><input type="hidden" name="form" value="${id}">` +
        `<label>GitHub App name <input name="name" value="${escape(readText(manifest, 'name') ?? '')}"></label>` +
        `<button>Create GitHub App for ${escape(owner)}</button></form>`,
    );
  };

  /** Makes the App, and sends the browser back with the code. */
  const create = ({ body }: HttpRequest, world: World): Reply => {
    const fields = new URLSearchParams(body);
    const form = forms.get(fields.get('form') ?? '');
    const name = fields.get('name')?.trim() ?? '';
    if (form === undefined) return showPage(404, 'Not Found');
    const problem = apps.findProblem(name);
    if (problem !== undefined) return showPage(422, `Name ${problem}`);
    forms.delete(fields.get('form') ?? '');
    const back = new URL(readText(form.manifest, 'redirect_url') ?? `${world.url}/settings/apps`);
    back.searchParams.set('code', apps.make(form, name, world.now()));
    if (form.state !== '') back.searchParams.set('state', form.state);
    return { status: 302, headers: { location: back.href } };
  };

  return {
    answer(request, world) {
      const { method, path } = request;
      const [, organization] = /^\/organizations\/([^/]+)\/settings\/apps\/new$/.exec(path) ?? [];
      if (organization !== undefined) return showForm(request, decodeURIComponent(organization));
      if (path === '/settings/apps/new') return showForm(request, LOGIN);
      if (path === '/settings/apps/manifest') return method === 'POST' ? create(request, world) : notFound();
      const [, code] = /^\/app-manifests\/([^/]+)\/conversions$/.exec(path) ?? [];
      return code !== undefined && method === 'POST'
        ? convert(apps.take(code, world.now()), world)
        : undefined;
    },
  };
}

/** The Apps that wait for their code to be exchanged. */
function createMadeApps() {
  const made = new Map<string, Made>();
  const names = new Set<string>();
  return {
    /** @returns Why no App can have this name, in GitHub's words. */
    findProblem(name: string): string | undefined {
      if (name === '') return "can't be blank";
      if (name.length > MAX_NAME_LENGTH) return 'is too long';
      return names.has(name.toLowerCase()) ? 'is already in use' : undefined;
    },
    /** @returns The code. */
    make(form: Form, name: string, nowMs: number): string {
      const code = randomBytes(20).toString('hex');
      names.add(name.toLowerCase());
      made.set(code, make(form, name, nowMs));
      return code;
    },
    /** A code is spent by its first use, and by an hour. */
    take(code: string, nowMs: number): Made | undefined {
      const found = made.get(code);
      made.delete(code);
      return found === undefined || found.untilMs <= nowMs ? undefined : found;
    },
  };
}

/** From then on the stand-in is that App's GitHub. */
function convert(made: Made | undefined, world: World): Reply {
  if (made === undefined) return notFound();
  const { app, publicKey, privateKeyPem, webhookSecret } = made;
  world.become(app, [publicKey]);
  world.hook.change({ secret: webhookSecret, ...(app.hookUrl !== undefined && { url: app.hookUrl }) });
  return reply(201, {
    ...describeApp(world),
    client_secret: randomBytes(20).toString('hex'),
    webhook_secret: webhookSecret,
    pem: privateKeyPem,
  });
}

function make({ manifest, owner }: Form, name: string, nowMs: number): Made {
  const { privateKeyPem, publicKey } = createAppKey();
  const id = 1_000_000 + Number.parseInt(randomBytes(3).toString('hex'), 16);
  return {
    app: {
      id,
      clientId: `Iv23li${randomBytes(7).toString('hex')}`,
      slug: name.toLowerCase().replaceAll(/[^a-z\d]+/g, '-'),
      name,
      owner,
      publicKeys: [publicKey],
      permissions: toLevels(readField(manifest, 'default_permissions')),
      events: toTexts(readField(manifest, 'default_events')),
      hookUrl: readText(readField(manifest, 'hook_attributes'), 'url') ?? '',
    },
    publicKey,
    privateKeyPem,
    webhookSecret: randomBytes(20).toString('hex'),
    untilMs: nowMs + CODE_LIFETIME_MS,
  };
}

function findProblems(manifest: JsonObject): readonly string[] {
  const permissions = readField(manifest, 'default_permissions') ?? {};
  const hookUrl = readText(readField(manifest, 'hook_attributes'), 'url');
  const levels = Object.entries(toLevels(permissions));
  const name = readText(manifest, 'name') ?? '';
  return [
    ...(name.length > MAX_NAME_LENGTH ? ['Name is too long (maximum is 34 characters)'] : []),
    ...(isUrl(readText(manifest, 'url')) ? [] : ['Url must be a valid URL']),
    ...(isUrl(readText(manifest, 'redirect_url')) ? [] : ['Redirect url must be a valid URL']),
    ...(isUrl(hookUrl) ? [] : ['Hook url must be a valid URL']),
    ...(isUrl(hookUrl) && isPrivate(hookUrl)
      ? [
          `Hook url is not supported because it isn't reachable over the public Internet (${new URL(hookUrl ?? '').hostname})`,
        ]
      : []),
    ...levels.flatMap(([permission, level]) =>
      LEVELS.includes(level)
        ? []
        : [`Default permission level ${level} of ${permission} is not included in the list`],
    ),
    ...toTexts(readField(manifest, 'default_events')).flatMap((event) =>
      mayBeDefault(findSubscription(event), toLevels(permissions))
        ? []
        : [`Default events unsupported: ${event}`],
    ),
  ];
}

/** One that every App gets is no event to subscribe to, and what an event is about must be readable. */
function mayBeDefault(subscription: Subscription | undefined, permissions: Permissions): boolean {
  if (subscription === 'free') return true;
  return Array.isArray(subscription) && subscription.some((permission) => permission in permissions);
}

function toLevels(value: unknown): Permissions {
  return Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).map(([name, level]) => [name, String(level)]),
  );
}

function toTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isUrl(text: string | undefined): boolean {
  return text !== undefined && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isPrivate(url: string | undefined): boolean {
  return /^(?:localhost|127\.|10\.|192\.168\.|\[::1\])/.test(new URL(url ?? '').hostname);
}

function showPage(status: number, content: string): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    text: `<!doctype html><title>GitHub</title>${content}\n`,
  };
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
