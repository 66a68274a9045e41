import { expect, test } from 'vitest';
import type { TestNights } from '../../support/night.ts';
import { beginStoryWithAdmin, verify } from './story.ts';

const ERASE = 'SELECT erase_person($1)::int AS digests';

/** Every row of every table, as text. */
async function readEverything(nights: TestNights): Promise<string> {
  const tables = await nights.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables`,
  );
  let text = '';
  for (const { name } of tables) {
    const rows = await nights.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    text += rows.map(({ row }) => `${name} ${row}\n`).join('');
  }
  return text;
}

test('one person is erased from everything, and the chain stands', async () => {
  const { tenant, nights, night } = await beginStoryWithAdmin();
  tenant.grant('ann@example.com', 'Auditor');
  tenant.addPerson({ email: 'fay@example.com', userId: 'u-fay', firstName: 'Fay', lastName: 'Only' });
  tenant.grant('fay@example.com', 'Tester', 'Leave');
  await night();
  tenant.changeEmail('ann@example.com', 'anna@example.com');
  await night();
  tenant.remove('anna@example.com');
  tenant.remove('fay@example.com');
  await night();
  const before = await verify(nights);
  expect(before).toMatchObject({ difference: null, chain: { erased: 0 } });
  expect(await readEverything(nights)).toMatch(/u-ann.*\n[^]*anna?@example/);

  const [ann] = await nights.query<{ digests: number }>(ERASE, ['u-ann']);
  const [fay] = await nights.query<{ digests: number }>(ERASE, ['u-fay']);
  const everything = await readEverything(nights);
  expect(everything).not.toMatch(/u-ann|u-fay|anna?@example|fay@example|Only/);
  expect(everything).toMatch(/u-bob/);

  const after = await verify(nights);
  expect(after.difference).toBeNull();
  // Of Ann: her state on the first night, an admin role granted, a new address, and her removal with two grants.
  expect(ann).toEqual({ digests: 6 });
  expect(fay?.digests).toBeGreaterThan(2);
  expect(after.chain).toEqual({ ...before.chain, erased: 6 + (fay?.digests ?? 0) });
  await night({ roster: ['bob@example.com', 'cid@example.com', 'dee@example.com', 'eve@example.com'] });
  expect(await verify(nights)).toMatchObject({ difference: null, chain: { runs: 5 } });
});

test('an erased change that is a part of what stands is found', async () => {
  const { tenant, nights, night } = await beginStoryWithAdmin();
  tenant.grant('ann@example.com', 'Auditor');
  await night();
  await nights.query(
    `UPDATE digests SET salt = NULL WHERE subject = (SELECT max(id) FROM changes) AND run_id = (SELECT max(id) FROM runs)`,
  );
  await nights.query('DELETE FROM changes WHERE id = (SELECT max(id) FROM changes)');
  const { difference } = await verify(nights);
  expect(difference).toMatchObject({ check: 'grants', userId: 'u-ann' });
});

test('nobody is erased while a run may hold them, nor a stranger', async () => {
  const { nights } = await beginStoryWithAdmin();
  await expect(nights.query(ERASE, ['u-nobody'])).rejects.toThrow(/no such person/);
  await nights.query(`INSERT INTO runs (key, trigger) VALUES ('open', 'manual')`);
  await expect(nights.query(ERASE, ['u-ann'])).rejects.toThrow(/open or held/);
  await nights.query(`UPDATE runs SET status = 'held', reasons = '{x}' WHERE key = 'open'`);
  await expect(nights.query(ERASE, ['u-ann'])).rejects.toThrow(/open or held/);
  await nights.query(`UPDATE runs SET status = 'failed' WHERE key = 'open'`);
  await nights.query('DELETE FROM run_links');
  await expect(nights.query(ERASE, ['u-ann'])).rejects.toThrow(/no link/);
});
