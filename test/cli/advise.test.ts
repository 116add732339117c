import { expect, it } from 'vitest';
import { advise } from '../../cli/show/advise.ts';

it.each([
  {
    isLocal: true,
    where: 'with the stand-in',
    says: 'Add it to installations[].permissions in functions/fixtures/world.json',
  },
  { isLocal: false, where: 'at GitHub', says: "The account's owner accepts" },
])('a permission that is not granted $where has a mend of its own', ({ isLocal, says }) => {
  const [mend] = advise('skipped', { guid: 'GUID', on: '', reasons: ['permission_not_granted'], isLocal });
  expect(mend).toContain(says);
});
