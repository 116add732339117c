/** Where an app runs, and what it keeps there: a stage on AWS, or `npm start` on this machine. */
import type { Stage } from '../stage/stage.ts';

export interface Deployed {
  /** For messages: `the stage prod`, `npm start`. */
  readonly name: string;
  readonly region: string;
  readonly ledgerTable: string;
  /** undefined inline. */
  readonly queue: { readonly url: string; readonly deadLetterUrl: string } | undefined;
  readonly logs: Logs;
  /** Only on this machine: where what stands in for AWS answers. */
  readonly endpoints: { readonly dynamodb: string; readonly sqs?: string | undefined } | undefined;
}

export type Logs =
  | { readonly kind: 'cloudwatch'; readonly groups: readonly string[] }
  /** The functions' lines, as they wrote them. */
  | { readonly kind: 'file'; readonly path: string };

export function toDeployed({ name, region, ledgerTable, queue, logGroups }: Stage): Deployed {
  return {
    name: `the stage ${name}`,
    region,
    ledgerTable,
    queue,
    logs: { kind: 'cloudwatch', groups: [...new Set(logGroups)] },
    endpoints: undefined,
  };
}
