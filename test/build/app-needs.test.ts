/** What the handlers of an app need of their App. */
import { expect, it } from 'vitest';
import { findNeeds } from '../../lib/build/app-needs.ts';

it('tells an event from a permission of the same name: who needs the one may not need the other', () => {
  const { permissions, events, neededBy } = findNeeds([
    {
      name: 'labels',
      events: ['pull_request.opened'],
      permissions: { issues: 'write', pull_requests: 'read' },
    },
    { name: 'greets', events: ['issues.opened'], permissions: {} },
  ]);
  expect({ permissions, events }).toEqual({
    permissions: { issues: 'write', pull_requests: 'read' },
    events: ['issues', 'pull_request'],
  });
  expect(neededBy.event.get('issues')).toEqual(['greets']);
  expect(neededBy.permission.get('issues')).toEqual(['labels', 'greets (for the event issues)']);
});
