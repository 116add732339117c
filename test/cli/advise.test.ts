import { expect, it } from 'vitest';
import { advise } from '../../cli/show/advise.ts';

it.each([
  {
    reason: 'permission_not_granted',
    isLocal: true,
    where: 'with the stand-in',
    says: 'Add it to installations[].permissions in functions/fixtures/world.json',
  },
  {
    reason: 'permission_not_granted',
    isLocal: false,
    where: 'at GitHub',
    says: "The account's owner accepts",
  },
  { reason: 'no_installation', isLocal: true, where: 'with the stand-in', says: '--set installation.id=' },
  {
    reason: 'no_installation',
    isLocal: false,
    where: 'at GitHub',
    says: 'A handler that should run all the same declares',
  },
])('$reason $where has a mend of its own', ({ reason, isLocal, says }) => {
  const [mend] = advise('skipped', { guid: 'GUID', on: '', reasons: [reason], isLocal });
  expect(mend).toContain(says);
});
