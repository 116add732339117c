/**
 * A plugin for osls and the Serverless Framework. It points each alias of infra/ to the version that the
 * framework makes of its function, whose name changes with every change, lets a version go whose release
 * was rolled back, and refuses to deploy without an App id.
 */

/** @typedef {{ Type: string, DeletionPolicy?: string, Properties?: Record<string, any> }} Resource */

/**
 * The part of the framework that matters here.
 *
 * @typedef {{
 *   processedInput: { commands: string[] },
 *   classes: { Error: ErrorConstructor },
 *   service: {
 *     custom: { settings: { githubAppId: string } },
 *     provider: { compiledCloudFormationTemplate: { Resources: Record<string, Resource> } },
 *   },
 * }} Serverless
 */

module.exports = class Releases {
  /** @param {Serverless} serverless */
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = {
      initialize: () => this.requireAppId(),
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        this.pointAliases();
        this.releaseVersions();
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

  pointAliases() {
    const { Resources } = this.serverless.service.provider.compiledCloudFormationTemplate;
    const resources = Object.entries(Resources);
    const versions = new Map(
      resources
        .filter(([, { Type }]) => Type === 'AWS::Lambda::Version')
        .map(([id, { Properties }]) => [Properties?.['FunctionName'].Ref, id]),
    );
    for (const [id, { Type, Properties = {} }] of resources) {
      if (Type !== 'AWS::Lambda::Alias') continue;
      const version = versions.get(Properties['FunctionName'].Ref);
      if (version === undefined) throw new Error(`${id}: its function has no version`);
      Properties['FunctionVersion'] = { 'Fn::GetAtt': [version, 'Version'] };
    }
  }

  /** Lambda makes no second version of the same code: one that stayed would stop the next attempt at it. */
  releaseVersions() {
    const { Resources } = this.serverless.service.provider.compiledCloudFormationTemplate;
    for (const resource of Object.values(Resources))
      if (resource.Type === 'AWS::Lambda::Version') resource.DeletionPolicy = 'RetainExceptOnCreate';
  }
};
