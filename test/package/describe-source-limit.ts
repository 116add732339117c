/** The limit per source that docs/scale.md adds to an app's serverless.yml: it packages, and is valid. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, TemplateFile } from '@aws/cloudformation-validate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyService, ofType, osls, type Template } from './packaged.ts';

export function describeSourceLimit(engine: Engine): void {
  describe('a limit per source', () => {
    let folder: string;
    let file: string;
    let template: Template;

    beforeAll(async () => {
      folder = await copyService();
      const service = join(folder, 'serverless.yml');
      const text = await readFile(service, 'utf8');
      await writeFile(service, text.replace('resources:\n', await readAddition()));
      const { code, output } = await osls(folder, ['package', '--stage', 'prod']);
      if (code !== 0) throw new Error(output);
      file = join(folder, '.serverless/cloudformation-template-update-stack.json');
      template = JSON.parse(await readFile(file, 'utf8'));
    }, 240_000);
    afterAll(() => rm(folder, { recursive: true }));

    it('is valid CloudFormation, and so is every name of a property in it', async () => {
      const validate = (path: string) => {
        const { diagnostics } = engine.validateStandard(new TemplateFile(path), {
          severityLevel: 'WARN',
        });
        return diagnostics
          .filter(({ entity }) => /^(?:GitHubHooks|SourceLimit|LimitedDoor)/.test(entity?.logicalId ?? ''))
          .map(({ ruleId, entity, message }) => [ruleId, entity?.logicalId, message]);
      };
      expect(validate(file)).toEqual([]);
      const spoilt = join(folder, 'spoilt.json');
      const names = /"(EvaluationWindowSec|OriginReadTimeout|IPAddressVersion)"/g;
      await writeFile(spoilt, JSON.stringify(template).replaceAll(names, '"$1x"'));
      const found = new Set(validate(spoilt).map(([, id]) => id));
      expect(found).toEqual(new Set(['GitHubHooks4', 'GitHubHooks6', 'SourceLimit', 'LimitedDoor']));
    });

    it('stops what one source sends, and nothing of GitHub’s', () => {
      const [limit] = ofType(template, 'AWS::WAFv2::WebACL');
      expect(limit?.Properties['Rules']).toMatchObject([
        {
          Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
          Statement: {
            RateBasedStatement: {
              AggregateKeyType: 'IP',
              Limit: 60,
              ScopeDownStatement: { NotStatement: { Statement: { OrStatement: { Statements: [{}, {}] } } } },
            },
          },
        },
      ]);
    });

    it('hands the request on as it came: nothing cached, every header but the host, every method', () => {
      const [door] = ofType(template, 'AWS::CloudFront::Distribution');
      expect(door?.Properties['DistributionConfig']).toMatchObject({
        Origins: [
          {
            DomainName: {
              'Fn::Select': [2, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['WebhookUrl', 'FunctionUrl'] }] }],
            },
          },
        ],
        DefaultCacheBehavior: {
          AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
          CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
          OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        },
      });
      expect(template.Outputs).toHaveProperty('LimitedWebhookAddress');
    });
  });
}

/** The line that the document says to add. */
async function readAddition(): Promise<string> {
  const page = await readFile(join(import.meta.dirname, '../../docs/scale.md'), 'utf8');
  const [, line] = /```yaml\n(resources:\n[^`]*source-limit\.yml[^`]*)```/.exec(page) ?? [];
  if (line === undefined) throw new Error('docs/scale.md does not say how to add source-limit.yml');
  return line;
}
