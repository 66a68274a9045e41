import { expect, test } from 'vitest';
import { SyncError } from '../../src/core/errors.ts';
import { readUser } from '../support/directory.ts';
import { beginStory } from '../support/story.ts';

test('a database is moved to a new name of its account by the statement that the refusal gives', async () => {
  // I13
  const { tenant, nights, night } = await beginStory();
  tenant.setStatus('ann@example.com', 'Suspended');
  await nights.query(`UPDATE account SET host = 'https://old.example.com', client_id = 'cs-old'`);
  const calls = nights.server.calls.total;
  const refusal = await night().catch((error: unknown) => error);
  if (!(refusal instanceof SyncError)) throw new Error('the night was not refused');
  expect(refusal).toMatchObject({ code: 'ACCOUNT_MISMATCH' });
  expect(refusal.message).toContain('at https://old.example.com with client id cs-old');
  expect(nights.server.calls.total).toBe(calls);
  expect(await nights.query('SELECT id FROM runs')).toHaveLength(1);

  await nights.query(/UPDATE account .*;$/.exec(refusal.message)?.[0] ?? '');
  // History goes on: nobody is new, nobody is gone.
  expect(await night()).toMatchObject([{ kind: 'status_changed', user_id: 'u-ann', since: '1' }]);
  expect(await readUser(nights, 'u-ann')).toMatchObject({ removed_at: null });
});
