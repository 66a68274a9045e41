import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/database.ts';
import { linkRuns } from '../../../src/store/publish/chain.ts';
import { verifyDatabase } from '../../../src/store/verify/verify.ts';
import { startCommand } from '../../support/command.ts';
import { beginStoryWithAdmin, verify } from './story.ts';

describe('the hash chain', () => {
  test('takes in what an older version published, with the next night', async () => {
    const { tenant, nights, night } = await beginStoryWithAdmin();
    tenant.grant('ann@example.com', 'Auditor');
    await night();
    await nights.query('DELETE FROM run_links');
    await nights.query('DELETE FROM digests');
    expect(await verify(nights)).toMatchObject({
      difference: null,
      chain: { head: null, runs: 0, unlinked: ['1', '2'] },
    });
    tenant.revoke('ann@example.com', 'Auditor');
    await night();
    expect(await verify(nights)).toMatchObject({ difference: null, chain: { runs: 3, unlinked: [] } });
    await nights.query(`UPDATE changes SET role_name = 'Other' WHERE id = (SELECT min(id) FROM changes)`);
    expect((await verify(nights)).difference).toMatchObject({ check: 'published changes', runId: '2' });
  });

  test('made anew over an edited history fits, but has another head than the one that was kept', async () => {
    const { tenant, nights, night } = await beginStoryWithAdmin();
    tenant.grant('ann@example.com', 'Auditor');
    await night();
    const { chain } = await verify(nights);
    const kept = { link: chain.head?.link ?? '', runId: '2' };
    await night();
    expect((await verify(nights, kept)).difference).toBeNull();
    expect((await verify(nights, { ...kept, runId: null })).difference).toBeNull();
    expect((await verify(nights, { ...kept, runId: '3' })).difference).toMatchObject({
      check: 'head',
      runId: '3',
    });

    await nights.query(`UPDATE changes SET email = 'other@example.com'`);
    const database = await openDatabase({ url: nights.databaseUrl, size: 1, onIdleError: () => undefined });
    await database.pool.query('DELETE FROM run_links; DELETE FROM digests');
    await linkRuns(database.pool);
    await database.close();
    expect((await verify(nights)).difference).toBeNull();
    expect((await verify(nights, kept)).difference).toMatchObject({
      check: 'head',
      table: 'run_links',
      runId: '2',
    });
    expect((await verify(nights, { ...kept, runId: null })).difference).toMatchObject({
      check: 'head',
      runId: null,
    });
  });

  test('has salts, so that two nights that say the same have other digests', async () => {
    const { tenant, nights, night } = await beginStoryWithAdmin();
    for (const turn of ['grant', 'revoke', 'grant'] as const) {
      tenant[turn]('ann@example.com', 'Auditor');
      await night();
    }
    const [row] = await nights.query(
      `SELECT count(*)::int AS digests, count(DISTINCT digest)::int AS distinct_digests, count(DISTINCT salt)::int AS salts
         FROM digests`,
    );
    // Five people, their names, and three changes.
    expect(row).toEqual({ digests: 9, distinct_digests: 9, salts: 9 });
  });
});

test('verify sees one night throughout, also while another is published', async () => {
  const { nights } = await beginStoryWithAdmin();
  const database = await openDatabase({
    url: nights.databaseUrl,
    size: 3,
    onIdleError: () => undefined,
  });
  const { pool } = database;
  const writer = await pool.connect();
  await writer.query(`BEGIN; LOCK TABLE digests; UPDATE users SET last_name = 'Half'`);
  // It has looked at the links when it comes to the digests.
  const verification = verifyDatabase({ pool });
  const waiting = `SELECT FROM pg_locks WHERE relation = 'digests'::regclass AND NOT granted`;
  while ((await pool.query(waiting)).rowCount === 0);
  await writer.query('COMMIT');
  writer.release();
  expect((await verification).difference).toBeNull();
  expect((await verifyDatabase({ pool })).difference).toMatchObject({ check: 'attributes', table: 'users' });
  await database.close();
});

describe('kore-sync verify', () => {
  test('says what was checked and the head, and exits with 1 and the first difference', async () => {
    const { nights } = await beginStoryWithAdmin();
    const run = (...args: string[]) =>
      startCommand(['verify', ...args], { DATABASE_URL: nights.databaseUrl }).result;
    const { chain } = await verify(nights);
    const link = chain.head?.link ?? '';
    const verified = await run('--head', link.toUpperCase(), '--run', '1');
    expect(verified.code).toBe(0);
    expect(verified.stdout).toMatch(/^Verified/);
    expect(verified.stdout).toContain(`1 run, head ${link} (run 1)`);
    expect(await run('--run', '1')).toMatchObject({ code: 2 });

    await nights.query(`UPDATE users SET last_name = 'Other' WHERE user_id = 'u-ann'`);
    const { code, stdout } = await run('--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      difference: { check: 'attributes', table: 'users', runId: null, userId: 'u-ann' },
      chain: { head: { runId: '1', link } },
    });
  });
});
