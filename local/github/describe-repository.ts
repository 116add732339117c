/** A repository as GitHub's API shows it. */
import type { JsonObject } from '../../lib/json/json.ts';
import type { People } from './people.ts';
import type { Repository } from './repositories.ts';

/** Far shorter than GitHub's, but with every field that tells one repository from another. */
export function describeRepository(
  repository: Repository,
  { url, people }: { readonly url: string; readonly people: People },
): JsonObject {
  return {
    id: repository.id,
    node_id: Buffer.from(`Repository${repository.id}`).toString('base64url'),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    owner: people.describe(repository.owner),
    html_url: `${url}/${repository.fullName}`,
    url: `${url}/repos/${repository.fullName}`,
    fork: false,
  };
}
