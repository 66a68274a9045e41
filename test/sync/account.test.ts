import { expect, test } from 'vitest';
import { SyncError } from '../../src/core/errors.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { askAbout } from '../support/batches.ts';
import { readUser } from '../support/directory.ts';
import { runNight } from '../support/night.ts';
import { beginStory, openStory } from '../support/story.ts';

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

test('a worker that asks another account leaves the run to those that ask its own, also before the first night', async () => {
  // I1, I13
  const { nights } = await openStory();
  const app = await nights.open();
  await startRun(app.context, { ...app.request, key: 'manual-1', trigger: 'manual', dryRun: false });
  const logged: string[] = [];
  const { context } = await nights.open({ env: { KORE_CLIENT_ID: 'cs-another' } });
  const log = { ...context.log, error: (_: object, message: string) => void logged.push(message) };
  const result = await askAbout({ ...context, log }, '1', { no: 1 });
  expect(result).toEqual({ kind: 'pause', pauseMs: 60_000 });
  expect(logged).toEqual([expect.stringContaining('KORE_CLIENT_ID cs-another. It leaves the run to others')]);
  expect(nights.server.calls.total).toBe(0);
  expect(await runNight(app)).toMatchObject({ runId: '1', status: 'published', answers: { found: 5 } });
});
