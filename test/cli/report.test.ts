import { lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMigratedDatabase } from '../support/postgres.ts';
import { beginStory, makeTenant } from '../support/story.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { say } from '../support/terminal.ts';

const SCRIPT = '<script>alert(1)</script>';

describe('report', () => {
  test('tells each night as it was: the first, a full one, a held one, a dry run, a quiet one', async () => {
    const tenant = makeTenant();
    tenant.grant('cid@example.com', tenant.addRole('admin', 'Owner'));
    tenant.addGroup('Sales');
    tenant.grantToGroup('Sales', SCRIPT, 'Travel');
    const { nights, night, tryNight } = await beginStory(tenant);
    const url = nights.databaseUrl;
    const page = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await say(url, ['report', '--html', '-', ...args]);
      expect([code, stderr]).toEqual([0, '']);
      return stdout;
    };

    const first = await page();
    expect(first).toContain(
      'The first night opens the history: 5 people with 6 roles, 1 of them on the account.',
    );

    tenant.joinGroup('ann@example.com', 'Sales');
    tenant.grant('bob@example.com', 'Owner');
    tenant.remove('dee@example.com');
    tenant.addPerson({ email: 'fay@example.com', userId: 'u-fay', firstName: 'fay', lastName: 'Doe' });
    nights.server.faults.add({ on: { entries: ['eve@example.com'] }, does: 'omit' });
    await night({ roster: ['ann', 'bob', 'dee', 'eve', 'fay'].map((name) => `${name}@example.com`) });
    nights.server.faults.clear();
    const full = await page('--run', '2');
    expect(full).toContain(
      '2 roles granted, 1 revoked (1 on the account); 1 joiner, 1 leaver; 1 other change. 1 entry gave no usable answer.',
    );
    expect(full).toContain('Published, partial');
    expect(full).toMatch(/bob@example\.com[^]*granted[^]*Owner[^]*directly[^]*Roles on bots/);
    expect(full).toContain('via <bdi>Sales</bdi>');
    expect(full).toMatch(/Not confirmed[^]*eve@example\.com/);
    expect(full).toMatch(/Orphaned access[^]*cid@example\.com[^]*left the roster/);
    expect(full).toContain('From 1 to 2 holders over 2 nights');
    expect(full).not.toContain('<script');
    expect(full).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    const { stdout } = await say(url, ['report']);
    expect(stdout).toMatch(/^2 roles granted, .*\n\n {2}run {7}2 \(/);
    expect(stdout).toMatch(/bob@example\.com .*granted Owner on the account .*directly/);

    tenant.revoke('bob@example.com', 'Owner');
    const planned = await tryNight({ dryRun: true });
    expect(await page('--run', planned.run.runId)).toContain(
      'Nothing was published. The plan: 1 role revoked (1 on the account)',
    );
    // A dry run is not what happened in the night.
    expect(await page()).toContain('2 roles granted');
    const held = await tryNight({ env: { GUARD_MAX_ADMIN_CHANGES: '0' } });
    expect(held.run.status).toBe('held');
    const plan = await page();
    expect(plan).toContain('Planned role changes');
    expect(plan).toMatch(/The guard found[^]*admin/);
    expect(plan).toContain(`kore-sync runs show ${held.run.runId}`);

    tenant.grant('bob@example.com', 'Owner');
    await night();
    expect(await page()).not.toContain('bob@example.com');
    expect(await page('--run', held.run.runId)).toContain('Its plan of');
    expect((await say(url, ['report', '--run', '77'])).stderr).toContain('There is no run 77');

    // An analyst may read neither plans nor errors, and needs neither.
    await nights.query(`CREATE ROLE report_analyst LOGIN PASSWORD 'reading'; GRANT USAGE ON SCHEMA directory TO report_analyst;
      GRANT SELECT ON ALL TABLES IN SCHEMA directory TO report_analyst`);
    onTestFinished(async () => {
      await nights.query('DROP OWNED BY report_analyst; DROP ROLE report_analyst');
    });
    const analyst = Object.assign(new URL(url), { username: 'report_analyst', password: 'reading' }).href;
    expect((await say(analyst, ['report', '--run', '2', '--html', '-'])).stdout).toContain('2 roles granted');
    const denied = await say(analyst, ['report', '--run', held.run.runId, '--html', '-']);
    expect(denied.stdout).toContain('the owner of the database can read them');
  });

  test('of a run that failed says so, before there is a night too', async () => {
    const database = await createMigratedDatabase();
    onTestFinished(() => database.drop());
    expect(await say(database.url, ['report'])).toMatchObject({ code: 1, stdout: '' });
    await database.query(
      `INSERT INTO runs (key, trigger, status, opened_at, closed_at, error_code, error)
       VALUES ('manual-1', 'manual', 'failed', now(), now(), 'KORE_REFUSED', 'The key was refused.')`,
    );
    const { code, stdout } = await say(database.url, ['report']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^This run failed: nothing was published/);
    expect(stdout).toContain('The key was refused.');
    expect((await say(database.url, ['report', '--html', '-'])).stdout).toContain('The key was refused.');

    const folder = await makeTemporaryFolder();
    const file = path.join(folder, 'night.html');
    const link = path.join(folder, 'latest.html');
    await writeFile(file, 'old', { mode: 0o644 });
    await symlink(file, link);
    const said = await say(database.url, ['report', '--html', link]);
    expect([said.code, said.stdout]).toEqual([0, '']);
    expect(said.stderr).toContain(file);
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\s*$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    for (const wrong of [
      folder,
      '/dev/null',
      path.join(folder, 'none', 'night.html'),
      path.join(file, 'x'),
    ]) {
      const refused = await say(database.url, ['report', '--html', wrong]);
      expect([wrong, refused.code, refused.stdout]).toEqual([wrong, 1, '']);
      expect(refused.stderr).toContain(`or '-' for standard output`);
    }
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['latest.html', 'night.html']);
  });
});
