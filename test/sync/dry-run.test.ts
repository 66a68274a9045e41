import { describe, expect, test } from 'vitest';
import { exitCodeOfRun } from '../../src/core/exit-code.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { loadFigures, loadReadableChanges } from '../../src/store/plan/plan-reading.ts';
import { endAbandonedDryRun } from '../../src/store/abandoned-run.ts';
import { readStaging, readViews } from '../support/directory.ts';
import { runNight } from '../support/night.ts';
import { beginStory, openStory } from '../support/story.ts';

const RUNS = 'SELECT run_id, status, dry_run FROM directory.runs ORDER BY run_id';

/** Every row of every table that a night moves. */
const EVERYTHING = `
  SELECT (SELECT jsonb_agg(t) FROM users t) AS users, (SELECT jsonb_agg(t) FROM user_versions t) AS versions,
         (SELECT jsonb_agg(t) FROM addresses t) AS addresses, (SELECT jsonb_agg(t) FROM role_grants t) AS grants,
         (SELECT jsonb_agg(t) FROM grant_sources t) AS sources, (SELECT jsonb_agg(t) FROM roles t) AS roles,
         (SELECT jsonb_agg(t) FROM group_memberships t) AS memberships, (SELECT jsonb_agg(t) FROM changes t) AS changes,
         (SELECT jsonb_agg(t) FROM unconfirmed t) AS unconfirmed, (SELECT jsonb_agg(t) FROM alerts t) AS alerts,
         (SELECT jsonb_agg(t) FROM last_logins t) AS logins, (SELECT jsonb_agg(t) FROM unanswered_entries t) AS unanswered`;

describe('a dry run', () => {
  test('leaves no trace but its run, and the real one then does exactly what it counted', async () => {
    const { tenant, nights, tryNight } = await beginStory();
    tenant.grant('ann@example.com', 'Admin');
    tenant.joinGroup('bob@example.com', 'Ops');
    tenant.remove('cid@example.com');
    tenant.addPerson({ email: 'new@example.com', userId: 'u-new' });
    const before = await nights.query(EVERYTHING);

    const { run: dry, changes: none } = await tryNight({ dryRun: true });
    expect(dry).toMatchObject({ status: 'planned', dryRun: true, publishedAt: null });
    expect(exitCodeOfRun({ status: dry.status, unanswered: dry.answers.unanswered })).toBe(0);
    expect(none).toEqual([]);
    expect(await nights.query(EVERYTHING)).toEqual(before);
    // All that is left is its plan, which can be read until the next run.
    expect(await readStaging(nights)).toEqual(['planned_changes']);
    const app = await nights.open();
    const printed = await loadReadableChanges(app.context.database, dry.runId, 100);

    const { run: real, changes } = await tryNight();
    expect(dry.changes).toBe(5);
    expect(changes).toHaveLength(5);
    // To the row.
    expect(await loadReadableChanges(app.context.database, real.runId, 100)).toEqual(printed);
    expect(printed).toHaveLength(5);
    expect(await loadFigures(app.context.database, real.runId)).toEqual(
      await loadFigures(app.context.database, dry.runId),
    );
    expect(await readStaging(nights)).toEqual([]);
    expect(real.changesByKind).toEqual(dry.changesByKind);
    expect(real.planHash).toBe(dry.planHash);
    expect(await nights.query(RUNS)).toEqual([
      { run_id: '1', status: 'published', dry_run: false },
      { run_id: '2', status: 'planned', dry_run: true },
      { run_id: '3', status: 'published', dry_run: false },
    ]);
  });

  test('before the first night says what the baseline would hold, and the baseline is still to come', async () => {
    const { nights, tryNight } = await openStory();
    const { run: dry } = await tryNight({ dryRun: true });
    expect(dry).toMatchObject({ status: 'planned', baseline: true, answers: { found: 5 } });
    expect((await readViews(nights)).users).toEqual([]);
    const { run: real } = await tryNight();
    expect(real).toMatchObject({ status: 'published', baseline: true, planHash: dry.planHash });
  });

  test('that would be held says so, and takes no real plan’s place', async () => {
    const { tenant, nights, tryNight } = await beginStory();
    tenant.grant('ann@example.com', 'Admin');
    const env = { GUARD_MAX_ADMIN_CHANGES: '0' };
    await tryNight({ env });
    const { run: dry } = await tryNight({ dryRun: true, env });
    expect(dry).toMatchObject({ status: 'held', dryRun: true });
    expect(exitCodeOfRun({ status: dry.status, unanswered: dry.answers.unanswered })).toBe(3);
    expect(await nights.query(RUNS)).toMatchObject([
      { status: 'published' },
      { status: 'held', dry_run: false },
      { status: 'held', dry_run: true },
    ]);
    const staged = await nights.query('SELECT DISTINCT run_id FROM planned_changes');
    expect(staged).toEqual([{ run_id: '2' }, { run_id: '3' }]);
    tenant.revoke('ann@example.com', 'Admin');
    expect((await tryNight()).run.status).toBe('published');
    // What a dry run found stays what it found.
    expect(await nights.query(RUNS)).toMatchObject([
      {},
      { status: 'superseded' },
      { status: 'held', dry_run: true },
      { status: 'published' },
    ]);
    expect(await readStaging(nights)).toEqual([]);
  });

  test('that nobody goes on with is ended by the next night, but not while somebody does', async () => {
    const { nights, night } = await openStory();
    const app = await nights.open();
    await startRun(app.context, { ...app.request, key: 'manual-1', trigger: 'manual', dryRun: true });
    const since = (age: string) =>
      nights.query(`UPDATE runs SET opened_at = now() - interval '${age}' WHERE id = 1`);
    await since('119 minutes');
    expect(await endAbandonedDryRun(app.context.database)).toBeUndefined();
    await since('121 minutes');
    await nights.query(`UPDATE batches SET due_at = now() + interval '1 minute'`);
    expect(await endAbandonedDryRun(app.context.database)).toBeUndefined();
    await nights.query(`UPDATE batches SET due_at = NULL`);
    await app.close();
    expect(await night()).toEqual([]);
    expect(await nights.query('SELECT status, error_code FROM runs ORDER BY id')).toEqual([
      { status: 'failed', error_code: 'RUN_ABANDONED' },
      { status: 'published', error_code: null },
    ]);
  });

  test.each([
    { open: true, asked: false, is: 'a dry run' },
    { open: false, asked: true, is: 'not a dry run' },
  ])('and a real one do not join each other (dry run open: $open)', async ({ open, asked, is }) => {
    const { nights } = await openStory();
    const app = await nights.open();
    await startRun(app.context, { ...app.request, key: 'manual-1', trigger: 'manual', dryRun: open });
    await expect(runNight(app, { dryRun: asked })).rejects.toMatchObject({
      code: 'RUN_OPEN',
      message: expect.stringContaining(`Run 1, ${is}, is open`) as unknown,
    });
    expect(await runNight(app, { dryRun: open })).toMatchObject({ runId: '1', dryRun: open });
  });
});
