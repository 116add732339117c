/** What the plugin of infra/ does around a deployment and a removal, with a stand-in for the framework. */
import { describe, expect, it } from 'vitest';
import Releases from '../../infra/releases.cjs';

interface Request {
  readonly method: string;
  readonly params: object;
}

const ADDRESS = { OutputKey: 'WebhookAddress', OutputValue: 'https://hooks.example.com/' };

interface Given {
  readonly wanted: boolean;
  readonly now: boolean;
  readonly commands?: string[];
  readonly functions?: Record<string, { readonly handler: string }>;
}

function setUp({ wanted, now, commands = [], functions = {} }: Given) {
  const changes: Request[] = [];
  const told: string[] = [];
  const notice = (text: string): void => void told.push(text);
  const serverless: ConstructorParameters<typeof Releases>[0] = {
    processedInput: { commands },
    classes: { Error },
    getProvider: () => ({
      naming: { getStackName: () => 'hookmint-prod' },
      async request(_service, method, params) {
        if (method === 'describeStacks')
          return { Stacks: [{ EnableTerminationProtection: now, Outputs: [ADDRESS] }] };
        changes.push({ method, params });
        return {};
      },
    }),
    service: {
      custom: {
        settings: {
          githubAppId: '1',
          terminationProtection: wanted,
          codeSigningConfigArn: '',
          shape: 'queued',
          handlerSettings: { texts: {}, secrets: {} },
        },
      },
      functions,
      resources: { Resources: {}, Outputs: {} },
      provider: { stage: 'prod', compiledCloudFormationTemplate: { Resources: {} } },
    },
  };
  return { plugin: new Releases(serverless, {}, { log: { notice } }), changes, told };
}

describe('the protection of a stack', () => {
  it.each([
    { wanted: true, now: false },
    { wanted: false, now: true },
  ])('becomes $wanted after a deployment that wants it so', async ({ wanted, now }) => {
    const { plugin, changes } = setUp({ wanted, now });
    await plugin.hooks['after:deploy:deploy']();
    expect(changes).toEqual([
      {
        method: 'updateTerminationProtection',
        params: { StackName: 'hookmint-prod', EnableTerminationProtection: wanted },
      },
    ]);
  });

  it.each([true, false])('is left alone where it is %s already', async (same) => {
    const { plugin, changes } = setUp({ wanted: same, now: same });
    await plugin.hooks['after:deploy:deploy']();
    expect(changes).toEqual([]);
  });

  it('stops a removal before anything is taken away', async () => {
    const { plugin } = setUp({ wanted: false, now: true });
    await expect(plugin.hooks['before:remove:remove']()).rejects.toThrow('terminationProtection: off');
    const { plugin: free } = setUp({ wanted: true, now: false });
    await expect(free.hooks['before:remove:remove']()).resolves.toBeUndefined();
  });
});

it('packages nothing where the module of a function is missing, and names it', () => {
  const functions = { rotator: { handler: 'dist/functions/of-nobody.handler' } };
  const { plugin } = setUp({ wanted: false, now: false, commands: ['package'], functions });
  expect(() => plugin.hooks.initialize()).toThrow('functions/of-nobody.ts: not there, or not built');
  const { plugin: removing } = setUp({ wanted: false, now: false, commands: ['remove'], functions });
  expect(() => removing.hooks.initialize()).not.toThrow();
});

it('says after a deployment where deliveries go, and how to see whether all of it fits together', async () => {
  const { plugin, told } = setUp({ wanted: false, now: false });
  await plugin.hooks['after:deploy:deploy']();
  expect(told).toEqual([
    "The webhook's address: https://hooks.example.com/",
    'See whether all of it fits together: npx hookmint doctor --stage prod',
  ]);
});
