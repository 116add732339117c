/** A policy of IAM's, and what it allows: the part of the language that infra/deployer-policy.json uses. Pure. */

export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Policy {
  readonly Statement: readonly Statement[];
}

/** @returns The statements that allow the action on the resource, whatever their conditions. */
export function findAllowing(policy: Policy, action: string, arn: string): Statement[] {
  return policy.Statement.filter(
    ({ Action, Resource }) =>
      toList(Action).some((pattern) => fits(pattern, action)) &&
      toList(Resource).some((pattern) => fits(pattern, arn)),
  );
}

export function toList(value: string | readonly string[]): readonly string[] {
  return [value].flat();
}

/** `*` stands for anything, as in IAM. */
export function fits(pattern: string, text: string): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${source.join('.*')}$`, 's').test(text);
}
