/**
 * What `serverless.yml` says of its stacks: the few lines that the commands need, which stand there in plain words. The
 * file belongs to the app, and whatever else is in it is none of ours. Pure.
 */

export interface ServiceFile {
  readonly service: string;
  /** Where the app names its stacks itself; may hold `${sls:stage}`. */
  readonly stackName: string | undefined;
  /** Where `provider.region` leads without `--region` and AWS_REGION. */
  readonly region: string | undefined;
}

/** @returns undefined where the file names no service, or one that is not plain text. */
export function parseServiceFile(text: string): ServiceFile | undefined {
  const service = readLine(text, /^service:[ \t]+(.+)$/m);
  if (service === undefined || !/^[A-Za-z][\w-]*$/.test(service)) return undefined;
  return {
    service,
    stackName: readLine(text, /^ +stackName:[ \t]+(.+)$/m),
    region: /^ +region:.*?\b([a-z]{2}(?:-[a-z]+)+-\d)\b/m.exec(text)?.[1],
  };
}

/** The framework's own name for a stack, unless the app has another. */
export function toStackName({ service, stackName }: ServiceFile, stage: string): string {
  return (
    stackName
      ?.replaceAll(/\$\{(?:sls:stage|opt:stage[^}]*|self:provider\.stage)\}/g, stage)
      .replaceAll('${self:service}', service) ?? `${service}-${stage}`
  );
}

/** Without a comment, and without quotes. */
function readLine(text: string, pattern: RegExp): string | undefined {
  const value = pattern
    .exec(text)?.[1]
    ?.replace(/\s+#.*$/, '')
    .trim();
  return value?.replace(/^(['"])(.*)\1$/, '$2');
}
