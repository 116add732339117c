/** docs/operations.md names what is there: outputs, functions, parameters, scripts; what stays; what is counted. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import { loadFixture } from '../harness/deliver.ts';
import { ofType, type Packaged, packageService } from '../package/packaged.ts';
import { deploy, type Shape } from './deployment.ts';
import { describeDeployerPolicy, describeOperatorPolicy } from './describe-deployer-policy.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENT = 'docs/operations.md';
const text = read(DOCUMENT);
const PACKAGING_TIMEOUT_MS = 240_000;
const SHAPES = ['inline', 'queued'] as const;

/** What CloudWatch Logs adds to the size of each line. Source: its API, `PutLogEvents`. */
const LOG_EVENT_BYTES = 26;

const packages = new Map<Shape, Packaged>();
const of = (shape: Shape): Packaged => {
  const found = packages.get(shape);
  if (found === undefined) throw new Error(`${shape} was not packaged`);
  return found;
};
let withDomain: Packaged;

beforeAll(async () => {
  const domain = [
    'domainName=hooks.example.com',
    'certificateArn=arn:aws:acm:eu-west-1:123456789012:certificate/0d1e',
  ];
  const [inline, queued, other] = await Promise.all([
    packageService(['shape=inline'], 'prod'),
    packageService([], 'prod'),
    packageService(domain, 'prod'),
  ]);
  packages.set('inline', inline).set('queued', queued);
  withDomain = other;
}, PACKAGING_TIMEOUT_MS);

describe('what it names', () => {
  it('as outputs of the stack', () => {
    const named = matches(/\boutput ([A-Z]\w+)/g);
    expect(named.length).toBeGreaterThan(10);
    const outputs = [of('queued'), withDomain].flatMap(({ template }) => Object.keys(template.Outputs));
    // An app whose handler declares such a setting has this one: test/package/handler-settings.test.ts.
    const ofASetting = 'SettingNotifyTokenArn';
    expect(named.filter((name) => ![...outputs, ofASetting].includes(name))).toEqual([]);
  });

  it('as resources of the stack', () => {
    const { Resources } = of('queued').template;
    const named = [...matches(/--logical-resource-id (\w+)/g), ...matches(/`(\w+Alarm)`/g)];
    expect(named).toContain('WorkerFeed');
    expect(named.filter((id) => Resources[id] === undefined)).toEqual([]);
  });

  it('as stack, functions and log groups', () => {
    const { template } = of('queued');
    const functions = ofType(template, 'AWS::Lambda::Function').map(
      ({ Properties }) => Properties['FunctionName'],
    );
    const groups = ofType(template, 'AWS::Logs::LogGroup').map(
      ({ Properties }) => Properties['LogGroupName'],
    );
    const named = matches(/--function-name "([^"]+)"/g).map(toProd);
    expect(named.length).toBeGreaterThan(3);
    // The loop over `$NAME` writes them out.
    const loop = matches(/for NAME in ([\w ]+);/g).flatMap((names) => names.split(' '));
    const all = named.flatMap((name) =>
      name.endsWith('$NAME') ? loop.map((each) => name.replace('$NAME', each)) : [name],
    );
    expect(all.filter((name) => !functions.includes(name))).toEqual([]);
    const logs = matches(/--log-group-name "([^"]+)"/g).map(toProd);
    expect(logs.filter((name) => !groups.includes(name))).toEqual([]);
    expect(new Set(matches(/--stack-name "([^"]+)"/g).map(toProd))).toEqual(new Set(['hookmint-prod']));
  });

  it('as parameters and scripts', () => {
    const service = read('serverless.yml');
    const parameters = [...service.matchAll(/^ {4}(\w+):/gm)].map(([, name = '']) => name);
    const named = matches(/--param (\w+)=/g);
    expect(named).toContain('release');
    expect(named.filter((name) => !parameters.includes(name))).toEqual([]);
    const manifest: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
    expect(matches(/\bnpm run ([\w:]+)/g).filter((script) => !(script in manifest.scripts))).toEqual([]);
    const options = read('cli/redrive.ts');
    const given = matches(/npx hookmint redrive ([^`\n]+)/g).flatMap((args) => args.match(/--[\w-]+/g) ?? []);
    expect(given).toContain('--replay');
    expect(given.filter((option) => !options.includes(option.slice(2)))).toEqual([]);
  });

  it('as files and headings', () => {
    const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(20);
    const broken = links.filter((link) => {
      const [file = '', heading] = link.split('#');
      const path = file === '' ? DOCUMENT : join(dirname(DOCUMENT), file);
      if (!existsSync(join(ROOT, path))) return true;
      return heading !== undefined && !toAnchors(read(path)).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  it('as the key of a ledger record', () => {
    // operations.test.ts deletes a record by it.
    expect(text).toContain('delivery#api.github.com#APP#HOOK#GUID#HANDLER');
    expect(read('docs/delivery.md')).toContain('`delivery#HOST#APP#HOOK#GUID#HANDLER`');
  });
});

it.each(SHAPES)('lists what stays when the stack goes, %s', (shape) => {
  const { Resources } = of(shape).template;
  const kept = Object.entries(Resources)
    .filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith('Retain') === true)
    // These go with their function.
    .filter(([, { Type }]) => Type !== 'AWS::Lambda::Version')
    .map(([id]) => id);
  const listed = rows('stays').map(([id = '']) => id.replaceAll('`', ''));
  expect(listed.toSorted()).toEqual(kept.toSorted());
});

describe('the costs', () => {
  it.each(SHAPES)('count what the template has, %s', (shape) => {
    const { template } = of(shape);
    const filters = ofType(template, 'AWS::Logs::MetricFilter');
    const metrics = filters.flatMap(({ Properties }) =>
      Properties['MetricTransformations'].map(({ MetricName }: { MetricName: string }) => MetricName),
    );
    const counted = new Map(toCosts('month', shape).map(({ what, count }) => [what, count]));
    const watched = ofType(template, 'AWS::CloudWatch::Alarm').flatMap(({ Properties }) =>
      (Properties['Metrics'] ?? [{ MetricStat: Properties }]).filter(
        ({ MetricStat }: { MetricStat?: object }) => MetricStat !== undefined,
      ),
    );
    expect(counted.get('alarms, by the metrics that they look at')).toBe(watched.length);
    expect(counted.get('the alarm about all of it')).toBe(
      ofType(template, 'AWS::CloudWatch::CompositeAlarm').length,
    );
    expect(counted.get('metrics from log lines, once written')).toBe(new Set(metrics).size);
    expect(counted.get('secrets')).toBe(ofType(template, 'AWS::SecretsManager::Secret').length);
    expect(counted.get('dashboards')).toBe(ofType(template, 'AWS::CloudWatch::Dashboard').length);
    const [schedule] = ofType(template, 'AWS::Scheduler::Schedule');
    expect(schedule?.Properties['ScheduleExpression']).toBe('rate(5 minutes)');
    expect(counted.get('sweeps, 8,640 of 1 s: Lambda, schedule, table, secret')).toBe((30 * 24 * 60) / 5);
  });

  it.each(SHAPES.flatMap((shape) => ['million deliveries', 'month'].map((table) => ({ shape, table }))))(
    'of a $table add up, $shape',
    ({ shape, table }) => {
      const costs = toCosts(table, shape);
      expect(costs.length).toBeGreaterThan(5);
      // Rounded to cents.
      const wrong = costs.filter(({ count, price, usd }) => Math.abs(count * price - usd) > 0.0051);
      expect(wrong).toEqual([]);
      const sum = costs.reduce((total, { usd }) => total + usd, 0);
      expect(toTotal(table, shape)).toBeCloseTo(sum, 2);
    },
  );

  it.each(SHAPES)('reckon with the lines that a delivery writes, %s', async (shape) => {
    const key = createAppKey();
    const app = await deploy(shape, { privateKey: key });
    try {
      await app.put('webhook-secret', app.settings.webhookSecret);
      await app.put('private-key', key.privateKeyPem);
      await app.coldStart();
      const fixture = loadFixture('issues-opened-first-time');
      await app.deliver(fixture);
      const { id } = await app.deliver(fixture);
      const lines = app.lines().filter(({ delivery }) => delivery === id);
      const written = lines.reduce((sum, line) => sum + JSON.stringify(line).length + LOG_EVENT_BYTES, 0);
      const stated = toCosts('million deliveries', shape).find(({ what }) => what.includes('our lines'));
      // A thousand million bytes a million deliveries is a GB; names of handlers differ in length.
      expect(Math.abs(written / 1_000 - (stated?.count ?? 0))).toBeLessThan(0.05);
    } finally {
      await app.close();
    }
  });
});

describe('the trust of the role that deploys', () => {
  const [, trust = ''] = /cat > trust\.json <<EOF\n([\s\S]*?)\nEOF\n/.exec(text) ?? [];

  it.each([
    { form: 'names', prefix: 'repo:octo-org/app' },
    { form: 'names and ids', prefix: 'repo:octo-org@6811672/app@186853002' },
  ])('is for one environment of one repository, by $form', ({ prefix }) => {
    const filled = trust.replaceAll('$PREFIX', prefix).replaceAll('$STAGE', 'prod');
    const { Statement: statements } = JSON.parse(filled);
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatchObject({
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': `${prefix}:environment:prod`,
        },
      },
    });
  });
});

describeDeployerPolicy(() => [...SHAPES.map(of), withDomain]);
describeOperatorPolicy(() => SHAPES.map(of));

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function matches(pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

function toProd(name: string): string {
  return name.replaceAll('$STACK', 'hookmint-prod');
}

/** As GitHub makes them of headings. */
function toAnchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** The rows of the table whose first header this is. */
function rows(header: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${header} |`));
  expect(start, `table ${header}`).toBeGreaterThan(-1);
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

interface Cost {
  readonly what: string;
  readonly count: number;
  readonly price: number;
  readonly usd: number;
}

/** Cells such as `3 × 0.40 = 1.20`; a blank one is nothing. */
function toCosts(table: string, shape: Shape): Cost[] {
  return rows(table).flatMap((row) => {
    const cell = row[shape === 'inline' ? 2 : 3] ?? '';
    const [, count = '', price = '', usd = ''] = /^([\d,.]+) × ([\d.]+) = ([\d.]+)$/.exec(cell) ?? [];
    if (/^(?:\*\*[\d.]+\*\*)?$/.test(cell)) return [];
    if (usd === '') throw new Error(`${row[0]} has no sum: ${cell}`);
    return [
      {
        what: row[0] ?? '',
        count: Number(count.replaceAll(',', '')),
        price: Number(price),
        usd: Number(usd),
      },
    ];
  });
}

function toTotal(table: string, shape: Shape): number {
  const total = rows(table).find(([what]) => what === '**all**');
  return Number(total?.[shape === 'inline' ? 2 : 3]?.replaceAll('*', ''));
}
