/** How each package takes over: versions, the aliases that lead to them, and who moves those back, on what. */
import { describe, expect, it } from 'vitest';
import { ofType, type Packaged } from './packaged.ts';
import { toArn, toRef } from './references.ts';

/** The function behind each alias, and the deployment group that moves it; without one it moves at once. */
const WEBHOOK = { WebhookAlias: ['WebhookLambdaFunction', 'WebhookReleases'] };
const WORKER = { WorkerAlias: ['WorkerLambdaFunction', 'WorkerReleases'] };
const SWEEPER = { SweeperAlias: ['SweeperLambdaFunction', undefined] };

/** On what each group goes back. */
const WEBHOOK_WATCH = {
  WebhookReleases: ['WebhookReleaseErrorsAlarm', 'WebhookReleaseFailuresAlarm', 'WebhookReleaseSlowAlarm'],
};
const WORKER_WATCH = { WorkerReleases: ['WorkerReleaseErrorsAlarm', 'WorkerReleaseFailuresAlarm'] };

const CANARY = 'CodeDeployDefault.LambdaCanary10Percent5Minutes';
const INLINE = { aliases: { ...WEBHOOK, ...SWEEPER }, watch: WEBHOOK_WATCH };
const QUEUED = {
  aliases: { ...WEBHOOK, ...WORKER, ...SWEEPER },
  watch: { ...WEBHOOK_WATCH, ...WORKER_WATCH },
  config: CANARY,
};

/** Past the alarms where all at once: a remedy must get out while one is on. */
const RELEASES = {
  'queued, function URL': QUEUED,
  'queued, HTTP API': QUEUED,
  'inline, function URL': { ...INLINE, config: CANARY },
  'inline, HTTP API': { ...INLINE, config: 'CodeDeployDefault.LambdaAllAtOnce' },
};

export function describeReleases(of: (name: string) => Packaged): void {
  describe.each(Object.entries(RELEASES))('a release, %s', (name, { aliases, watch, config }) => {
    it('leads each alias to the newest version of its function, little by little where it is called all day', () => {
      const { template } = of(name);
      const made = ofType(template, 'AWS::Lambda::Alias').map(({ id, Properties, UpdatePolicy }) => {
        const { FunctionName, FunctionVersion, ...rest } = Properties;
        expect(rest).toEqual({ Name: 'live' });
        const [version, attribute] = FunctionVersion['Fn::GetAtt'];
        expect(attribute).toBe('Version');
        expect(template.Resources[version]).toMatchObject({
          Type: 'AWS::Lambda::Version',
          Properties: { FunctionName },
        });
        return [id, { FunctionName, UpdatePolicy }];
      });
      const expected = Object.entries(aliases).map(([id, [lambda = '', group]]) => {
        const moved = {
          ApplicationName: toRef('ReleaseApplication'),
          DeploymentGroupName: toRef(group ?? ''),
        };
        const UpdatePolicy = group === undefined ? undefined : { CodeDeployLambdaAliasUpdate: moved };
        return [id, { FunctionName: toRef(lambda), UpdatePolicy }];
      });
      expect(Object.fromEntries(made)).toEqual(Object.fromEntries(expected));
    });

    it('goes back on the alarms of what it moves, and on no other', () => {
      const groups = ofType(of(name).template, 'AWS::CodeDeploy::DeploymentGroup');
      const expected = Object.entries(watch).map(([id, alarms]) => [
        id,
        {
          ApplicationName: toRef('ReleaseApplication'),
          ServiceRoleArn: toArn('ReleaseRole'),
          DeploymentConfigName: config,
          DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
          AutoRollbackConfiguration: {
            Enabled: true,
            Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
          },
          AlarmConfiguration: {
            Enabled: config === CANARY,
            Alarms: alarms.map((alarm) => ({ Name: toRef(alarm) })),
          },
        },
      ]);
      expect(Object.fromEntries(groups.map(({ id, Properties }) => [id, Properties]))).toEqual(
        Object.fromEntries(expected),
      );
    });

    it('leaves no version behind when it is rolled back, which the next attempt would run into', () => {
      const versions = ofType(of(name).template, 'AWS::Lambda::Version');
      expect(versions.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(
        Object.keys(aliases).map(() => 'RetainExceptOnCreate'),
      );
    });
  });

  it('makes a new version where only a setting has changed', () => {
    const toVersion = (name: string): unknown =>
      of(name).template.Resources['WebhookAlias']?.Properties['FunctionVersion'];
    expect(toVersion('queued, function URL')).not.toEqual(toVersion('queued, HTTP API'));
  });
}
