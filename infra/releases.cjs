/**
 * A plugin for osls and the Serverless Framework. It points each alias of infra/ to the version that the
 * framework makes of its function, whose name changes with every change, lets a version go whose release
 * was rolled back, protects the stack from deletion and lets in signed packages only where it is told to, gives the
 * functions what their handlers declare, and refuses to deploy without an App id.
 */

const { existsSync } = require('node:fs');
const path = require('node:path');

const { addTo, findMissing } = require('./handler-settings.cjs');

/**
 * @typedef {{
 *   EnableTerminationProtection?: boolean,
 *   Outputs?: { OutputKey: string, OutputValue: string }[],
 * }} Stack
 */

/** @typedef {{ Type: string, DeletionPolicy?: string, Properties?: Record<string, any> }} Resource */

/**
 * The part of the framework that matters here.
 *
 * @typedef {{
 *   processedInput: { commands: string[] },
 *   classes: { Error: ErrorConstructor },
 *   getProvider: (name: 'aws') => {
 *     naming: { getStackName: () => string },
 *     request: (service: string, method: string, params: object) => Promise<any>,
 *   },
 *   service: import('./handler-settings.cjs').Service & {
 *     custom: {
 *       settings: {
 *         githubAppId: string,
 *         terminationProtection: boolean,
 *         codeSigningConfigArn: string,
 *         shape: 'inline' | 'queued',
 *         handlerSettings: import('./handler-settings.cjs').HandlerSettings,
 *       },
 *     },
 *     provider: { stage: string, compiledCloudFormationTemplate: { Resources: Record<string, Resource> } },
 *   },
 * }} Serverless
 */

module.exports = class Releases {
  /**
   * @param {Serverless} serverless
   * @param {{ package?: string }} [options] `package`: what is deployed was packaged before.
   * @param {{ log?: { notice: (text: string) => void } }} [utils]
   */
  constructor(serverless, options = {}, { log } = {}) {
    this.serverless = serverless;
    this.isPackaged = serverless.processedInput.commands[0] === 'deploy' && options.package !== undefined;
    this.log = log;
    this.hooks = {
      initialize: () => {
        this.requireAppId();
        this.requireModules();
        this.giveSettings();
      },
      'after:deploy:deploy': async () => {
        await this.protectStack();
        await this.tellWhatIsNext();
      },
      'before:remove:remove': () => this.refuseProtected(),
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        this.pointAliases();
        this.pointAlarms();
        this.releaseVersions();
        this.takeSignedOnly();
      },
    };
  }

  requireAppId() {
    const { processedInput, classes, service } = this.serverless;
    if (processedInput.commands.join(' ') !== 'deploy' || service.custom.settings.githubAppId !== '') return;
    throw new classes.Error(
      'No App to deploy: write its client id or number into serverless.yml, as `githubAppId` under `params` and the stage.',
    );
  }

  /** The framework names no file that is missing. An app that takes over a newer serverless.yml may lack an entry point. */
  requireModules() {
    const { processedInput, classes, service } = this.serverless;
    if (!['package', 'deploy'].includes(processedInput.commands[0] ?? '')) return;
    const names = Object.values(service.functions).flatMap(
      ({ handler = '' }) => /^dist\/functions\/([^./]+)\.handler$/.exec(handler)?.[1] ?? [],
    );
    const missing = names.filter((name) => !existsSync(path.resolve(`dist/functions/${name}.mjs`)));
    if (this.isPackaged || missing.length === 0) return;
    const files = missing.map((name) => `functions/${name}.ts`);
    throw new classes.Error(
      `${files.join(' and ')}: not there, or not built (npm run build). A new app has it; docs/upgrading.md says how to take it over.`,
    );
  }

  giveSettings() {
    const { processedInput, classes, service } = this.serverless;
    if (!['package', 'deploy'].includes(processedInput.commands[0] ?? '')) return;
    const { handlerSettings, shape } = service.custom.settings;
    const missing = findMissing(handlerSettings);
    if (missing.length > 0) {
      throw new classes.Error(
        `Handlers need to be told ${missing.join(' and ')}: write it into serverless.yml, under \`params\` and the stage.`,
      );
    }
    addTo(handlerSettings, service, shape);
  }

  /** Neither the framework nor a template can say it. */
  async protectStack() {
    const { terminationProtection: wanted } = this.serverless.service.custom.settings;
    if ((await this.isProtected()) === wanted) return;
    const provider = this.serverless.getProvider('aws');
    await provider.request('CloudFormation', 'updateTerminationProtection', {
      StackName: provider.naming.getStackName(),
      EnableTerminationProtection: wanted,
    });
  }

  async tellWhatIsNext() {
    const { stage } = this.serverless.service.provider;
    const { Outputs: outputs = [] } = (await this.readStack()) ?? {};
    const address = outputs.find(({ OutputKey }) => OutputKey === 'WebhookAddress');
    if (address !== undefined) this.log?.notice(`The webhook's address: ${address.OutputValue}`);
    this.log?.notice(`See whether all of it fits together: npx hookmint doctor --stage ${stage}`);
  }

  /** CloudFormation would refuse as well, but after the framework has emptied the bucket of packages. */
  async refuseProtected() {
    if (!(await this.isProtected())) return;
    throw new this.serverless.classes.Error(
      'The stack is protected: deploy it with `terminationProtection: off` first.',
    );
  }

  async isProtected() {
    return (await this.readStack())?.EnableTerminationProtection === true;
  }

  /** @returns {Promise<Stack | undefined>} */
  async readStack() {
    const provider = this.serverless.getProvider('aws');
    const { Stacks: stacks } = await provider.request('CloudFormation', 'describeStacks', {
      StackName: provider.naming.getStackName(),
    });
    return stacks?.[0];
  }

  pointAliases() {
    for (const { Type, Properties = {} } of this.listResources())
      if (Type === 'AWS::Lambda::Alias')
        Properties['FunctionVersion'] = this.toNewest(Properties['FunctionName'].Ref);
  }

  /** The alarms of a release look at the new version: dimensions with the value `newest FUNCTION`. */
  pointAlarms() {
    for (const { Type, Properties = {} } of this.listResources()) {
      if (Type !== 'AWS::CloudWatch::Alarm') continue;
      const metrics = (Properties['Metrics'] ?? []).map(
        (/** @type {any} */ metric) => metric.MetricStat?.Metric ?? {},
      );
      for (const dimension of [Properties, ...metrics].flatMap(({ Dimensions = [] }) => Dimensions)) {
        const [, name] = /^newest (\w+)$/.exec(String(dimension.Value)) ?? [];
        if (name !== undefined) dimension.Value = this.toNewest(name);
      }
    }
  }

  /** @param {string} name Logical id of a function. */
  toNewest(name) {
    const { Resources } = this.serverless.service.provider.compiledCloudFormationTemplate;
    const [version] =
      Object.entries(Resources).find(
        ([, { Type, Properties }]) =>
          Type === 'AWS::Lambda::Version' && Properties?.['FunctionName'].Ref === name,
      ) ?? [];
    if (version === undefined) throw new Error(`${name} has no version`);
    return { 'Fn::GetAtt': [version, 'Version'] };
  }

  listResources() {
    return Object.values(this.serverless.service.provider.compiledCloudFormationTemplate.Resources);
  }

  /** Lambda makes no second version of the same code: one that stayed would stop the next attempt at it. */
  releaseVersions() {
    for (const resource of this.listResources())
      if (resource.Type === 'AWS::Lambda::Version') resource.DeletionPolicy = 'RetainExceptOnCreate';
  }

  /** A signed package has another digest than the one that the framework packaged. */
  takeSignedOnly() {
    const { codeSigningConfigArn } = this.serverless.service.custom.settings;
    if (codeSigningConfigArn === '') return;
    for (const { Type, Properties = {} } of this.listResources()) {
      if (Type === 'AWS::Lambda::Function') Properties['CodeSigningConfigArn'] = codeSigningConfigArn;
      if (Type === 'AWS::Lambda::Version') delete Properties['CodeSha256'];
    }
  }
};
