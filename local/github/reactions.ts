/** Reactions to issues, pull requests, comments and releases, which `emulate` does not keep. */
import { type JsonObject, parseJson, readText } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import type { People } from './people.ts';
import { notFound, paginate, type Reply, refuse, reply, toSeconds } from './replies.ts';
import type { Repository } from './repositories.ts';

export interface Reactions {
  /** `undefined`: not about reactions. Whether what is reacted to exists has been asked before. */
  answer(request: HttpRequest, repository: Repository, rest: string): Reply | undefined;
  add(
    repository: Repository,
    subject: string,
    reaction: { readonly user: string; readonly content: string },
  ): void;
}

interface Reaction {
  readonly id: number;
  readonly login: string;
  readonly content: string;
  readonly createdAt: Date;
}

interface ReactionsDeps {
  readonly bot: string;
  readonly people: People;
  readonly url: string;
  readonly now: () => number;
}

/** Source: OpenAPI schema `reaction`. */
const CONTENTS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'];

const SUBJECT =
  /^(\/(?:issues|issues\/comments|pulls\/comments|comments|releases)\/\d+)\/reactions(?:\/(\d+))?$/;

/** What a path below a repository is a reaction to, `/issues/3`; undefined where it is about no reaction. */
export function findSubject(rest: string): string | undefined {
  return SUBJECT.exec(rest)?.[1];
}

export function createReactions({ bot, people, url, now }: ReactionsDeps): Reactions {
  const bySubject = new Map<string, Reaction[]>();
  let nextId = 1;

  const toKey = ({ id }: Repository, subject: string): string => `${id}${subject}`;
  const of = (key: string): readonly Reaction[] => bySubject.get(key) ?? [];
  const insert = (key: string, login: string, content: string): Reaction => {
    const reaction = { id: nextId++, login, content, createdAt: new Date(now()) };
    bySubject.set(key, [...of(key), reaction]);
    return reaction;
  };
  const describe = ({ id, login, content, createdAt }: Reaction): JsonObject => ({
    id,
    node_id: Buffer.from(`Reaction${id}`).toString('base64url'),
    user: people.describe(login),
    content,
    created_at: toSeconds(createdAt),
  });

  function create(key: string, body: string): Reply {
    const content = readText(parseJson(body), 'content');
    if (content === undefined || !CONTENTS.includes(content)) return refuse(422, 'Validation Failed');
    const known = of(key).find((each) => each.login === bot && each.content === content);
    return known ? reply(200, describe(known)) : reply(201, describe(insert(key, bot, content)));
  }

  function list(key: string, path: string, query: URLSearchParams): Reply {
    const content = query.get('content');
    const matching = of(key).filter((each) => content === null || each.content === content);
    const { page, headers } = paginate(matching, `${url}${path}`, query);
    return reply(200, page.map(describe), headers);
  }

  function remove(key: string, id: number): Reply {
    const kept = of(key).filter((each) => each.id !== id);
    if (kept.length === of(key).length) return notFound();
    bySubject.set(key, kept);
    return reply(204);
  }

  return {
    add(repository, subject, { user, content }) {
      insert(toKey(repository, subject), user, content);
    },
    answer({ method, path, query, body }, repository, rest) {
      const [, subject, id] = SUBJECT.exec(rest) ?? [];
      if (subject === undefined) return undefined;
      const key = toKey(repository, subject);
      if (id !== undefined) return method === 'DELETE' ? remove(key, Number(id)) : undefined;
      if (method === 'POST') return create(key, body);
      return method === 'GET' ? list(key, path, query) : undefined;
    },
  };
}
