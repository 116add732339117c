import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../lib/events/names.ts';
import { findNearest, isNear } from '../../lib/events/nearest.ts';
import { PERMISSION_NAMES } from '../../lib/permissions/permission-names.ts';

const NAMES = Object.entries(EVENTS).flatMap(([event, actions]: [string, readonly string[]]) =>
  actions.length === 0 ? [event] : actions.map((action) => `${event}.${action}`),
);

describe('the list of events', () => {
  it('has the 270 names of GitHub’s own description, and four that are newer', () => {
    expect(new Set(NAMES).size).toBe(274);
    expect(Object.keys(EVENTS)).toHaveLength(76);
  });

  it('has as many as there are published payloads', () => {
    const types = readFileSync(
      new URL('../../node_modules/@octokit/openapi-webhooks-types/types.d.ts', import.meta.url),
      'utf8',
    );
    const published = types.slice(types.indexOf('export interface webhooks'));
    const names = published.slice(0, published.indexOf('\n}')).match(/^ {2}"?[a-z][\w.-]*"?: \{$/gm);
    expect(names).toHaveLength(NAMES.length);
  });
});

describe('the nearest name', () => {
  it.each([
    ['issue.opened', 'issues.opened'],
    ['issues.opend', 'issues.opened'],
    ['issues.oepned', 'issues.opened'],
    ['pullrequest.closed', 'pull_request.closed'],
    ['PullRequest.Closed', 'pull_request.closed'],
    ['check-run.completed', 'check_run.completed'],
    ['instalation.created', 'installation.created'],
  ])('of %s is %s', (wrong, meant) => {
    expect(findNearest(wrong, NAMES)).toBe(meant);
  });

  it.each(['issue', 'pull_request', 'content', 'check', 'PullRequests', 'organisation_hooks'])(
    'of the permission %s is near enough to have been meant',
    (wrong) => {
      const meant = findNearest(wrong, PERMISSION_NAMES);
      expect(meant !== undefined && isNear(wrong, meant)).toBe(true);
    },
  );

  it.each(['quantum_entanglements', 'zebra', 'x', 'brand_new'])(
    'of the permission %s is too far away',
    (strange) => {
      const meant = findNearest(strange, PERMISSION_NAMES);
      expect(meant !== undefined && isNear(strange, meant)).toBe(false);
    },
  );
});
