import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { startCommand } from '../support/command.ts';
import { createMigratedDatabase, createTestDatabase } from '../support/postgres.ts';
import { beginStory, makeTenant, type Story } from '../support/story.ts';
import { say } from '../support/terminal.ts';

type Json = Readonly<Record<string, unknown>>;

const ROWS = z.array(z.record(z.string(), z.unknown()));

async function read(story: Story, ...args: string[]): Promise<Json[]> {
  const { code, stdout } = await say(story.nights.databaseUrl, [...args, '--format', 'json']);
  expect(code).toBe(0);
  const rows = ROWS.parse(JSON.parse(stdout));
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
}

/** Three nights: a baseline; a role through a group, and an admin role; then that one is gone again. */
async function tellStory(): Promise<Story> {
  const tenant = makeTenant();
  tenant.addGroup('Sales');
  tenant.grantToGroup('Sales', 'Publisher', 'Travel');
  tenant.grant('cid@example.com', tenant.addRole('admin', 'Owner'));
  const story = await beginStory(tenant);
  tenant.joinGroup('ann@example.com', 'Sales');
  tenant.grant('bob@example.com', 'Owner');
  await story.night();
  tenant.revoke('bob@example.com', 'Owner');
  tenant.setStatus('ann@example.com', 'Suspended');
  await story.night();
  return story;
}

describe('diff', () => {
  test('says what the last night changed, a run, or what is different between two; all or some of it', async () => {
    const story = await tellStory();
    expect(await read(story, 'diff')).toMatchObject([
      { run_id: 3, kind: 'status_changed', user_id: 'u-ann', before: 'active', after: 'Suspended' },
      { run_id: 3, kind: 'role_revoked', user_id: 'u-bob', role_name: 'Owner' },
    ]);
    expect((await read(story, 'diff', '--run', '2')).map(({ kind }) => kind).sort()).toEqual([
      'group_joined',
      'role_granted',
      'role_granted',
    ]);
    const net = await read(story, 'diff', '--from', '1');
    expect(net.map(({ kind, user_id }) => [kind, user_id])).toEqual([
      ['group_joined', 'u-ann'],
      ['role_granted', 'u-ann'],
      ['status_changed', 'u-ann'],
    ]);
    expect(net[0]).not.toHaveProperty('run_id');
    expect(await read(story, 'diff', '--to', '2')).toHaveLength(3);
    expect(await read(story, 'diff', '--from', '2', '--to', '2')).toEqual([]);
    expect(await read(story, 'diff', '--run', '1')).toEqual([]);

    // Only the kinds, the role, the person and the scope that are asked for.
    const users = async (...args: string[]) =>
      (await read(story, 'diff', '--run', '2', ...args)).map((row) => row['user_id']);
    expect(await users('--admin')).toEqual(['u-bob']);
    expect(await users('--kind', 'role_granted', '--role', 'publisher')).toEqual(['u-ann']);
    expect(await users('--kind', 'group_joined,role_revoked')).toEqual(['u-ann']);
    expect(await users('--kind', 'group_joined', 'user_added', '--user', 'BOB@example.com')).toEqual([]);
    expect(await users('--user', 'u-bob')).toEqual(['u-bob']);
    expect(await read(story, 'diff', '--from', '1', '--role', 'Owner')).toEqual([]);

    const { stdout } = await say(story.nights.databaseUrl, ['diff', '--run', '2'], 50);
    expect(stdout).toMatch(
      /^Changed by run 2, as of \d{4}-\d\d-\d\d \d\d:\d\d \(.+\), coverage 100\.0%: 3 in all\.\n\nWho /,
    );
    expect(stdout).toMatch(/ann@example\.com +granted Publisher on +via Sales/);
    for (const line of stdout.split('\n').slice(2)) expect(line.length).toBeLessThanOrEqual(50);
    expect((await say(story.nights.databaseUrl, ['diff', '--run', '1'])).stdout).toContain(
      'opens the history',
    );

    for (const [args, code, reason] of REFUSED) {
      const said = await say(story.nights.databaseUrl, ['diff', ...args]);
      expect([args, said.code, said.stdout]).toEqual([args, code, '']);
      expect(said.stderr).toContain(reason);
    }
  });
});

/** With the exit code and a part of the reason. Nothing is printed but that. */
const REFUSED: readonly (readonly [readonly string[], number, string])[] = [
  [['--kind', 'role_grant'], 2, "Did you mean 'role_granted'?"],
  [['--from', '3', '--to', '1'], 2, '--from is later than --to'],
  [['--from', '1', '--run', '2'], 2, 'cannot be used with'],
  [['--from', 'soon'], 2, 'Expected a date'],
  [['--from', '2999-01-01'], 1, 'lies ahead'],
  [['--from', '1999-01-01'], 1, 'the first night is run 1'],
  [['--run', '77'], 1, 'There is no run 77'],
  [['--role', 'Publishr'], 1, "Did you mean 'Publisher'?"],
  [['--user', 'amn@example.com'], 1, "Did you mean 'ann@example.com'"],
];

describe('access and holders', () => {
  test('say what somebody can do and who can, now and then, directly or through which group', async () => {
    const story = await tellStory();
    const { tenant, night } = story;
    tenant.assignTask('ann@example.com', 'Travel', 'dialog', 't-1');
    tenant.leaveGroup('ann@example.com', 'Sales');
    await night();
    expect(await read(story, 'access', 'Ann@Example.com', '--at', '3')).toMatchObject([
      { type: 'role', role_name: 'Tester', bot_name: 'Leave', direct: true, via_groups: [] },
      { type: 'role', role_name: 'Publisher', bot_name: 'Travel', direct: false, via_groups: ['Sales'] },
      { type: 'group', group_name: 'Sales' },
    ]);
    expect(await read(story, 'access', 'u-ann')).toMatchObject([
      { type: 'role', role_name: 'Tester' },
      { type: 'task', bot_name: 'Travel', task_kind: 'dialog', task_id: 't-1' },
    ]);
    const holders = async (...args: string[]) =>
      (await read(story, 'holders', ...args)).map((row) => row['email']);
    expect(await holders('publisher')).toEqual([]);
    expect(await holders('publisher', '--at', '2')).toEqual(['ann@example.com']);
    expect(await holders('Owner', '--at', 'now')).toEqual(['cid@example.com']);
    expect(await holders('Tester', '--bot', 'LEAVE')).toHaveLength(5);
    expect(await holders('Tester', '--bot', 'Travel')).toEqual([]);
    const { stdout } = await say(story.nights.databaseUrl, ['access', 'ann@example.com', '--at', '2']);
    expect(stdout).toContain('Status active; developer: ');
    expect(stdout).toMatch(/Publisher on Travel +via Sales/);
    const said = await say(story.nights.databaseUrl, ['holders', 'Tester', '--bot', 'Leav']);
    expect(said).toMatchObject({ code: 1, stdout: '' });
    expect(said.stderr).toContain("Did you mean 'Leave'?");
  });

  test('say what is not confirmed', async () => {
    const story = await beginStory();
    const { nights, night } = story;
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    await night();
    const [ann, bob] = await read(story, 'holders', 'Tester');
    const [first, second] = await nights.query<{ as_of: string }>(
      "SELECT to_json(as_of) #>> '{}' AS as_of FROM directory.nights ORDER BY as_of",
    );
    const utc = (instant: unknown) => new Date(String(instant)).getTime();
    expect(utc(ann?.['confirmed_at'])).toBe(utc(first?.as_of));
    expect(utc(ann?.['unconfirmed_since'])).toBe(utc(second?.as_of));
    expect(utc(bob?.['confirmed_at'])).toBe(utc(second?.as_of));
    expect(bob).not.toHaveProperty('unconfirmed_since');
    const { stdout } = await say(nights.databaseUrl, ['access', 'ann@example.com']);
    expect(stdout).toContain('Not confirmed: no usable answer since ');
    expect(stdout).toContain('coverage 80.0%');
    expect(await read(story, 'history', 'ann@example.com')).toMatchObject([
      { event: 'baseline', run_id: 1 },
      { event: 'baseline', role_name: 'Tester', after: { direct: true } },
      { event: 'unconfirmed', run_id: 2 },
    ]);
    nights.server.faults.clear();
    await night();
    expect((await read(story, 'history', 'ann@example.com')).at(-1)).toHaveProperty('until');
    const then = await say(nights.databaseUrl, ['access', 'ann@example.com', '--at', '2']);
    expect(then.stdout).toContain('Not confirmed');
    expect((await say(nights.databaseUrl, ['access', 'ann@example.com'])).stdout).not.toContain(
      'Not confirmed',
    );
  });
});

describe('history', () => {
  test('of an address that moved names both who had it', async () => {
    const story = await beginStory();
    const { tenant, nights, night } = story;
    tenant.changeEmail('ann@example.com', 'ann.roe@example.com');
    tenant.changeEmail('bob@example.com', 'ann@example.com');
    await night();
    const { stdout } = await say(nights.databaseUrl, ['history', 'ann@example.com'], 200);
    expect(stdout).toMatch(/^ann@example\.com \(user u-bob\)/);
    expect(stdout).toMatch(/ann@example\.com was with user u-ann from .* until /);
    expect(stdout).toMatch(/ann@example\.com was with user u-bob from .* still/);
    expect(stdout).toContain('kore-sync history u-ann');
    expect(stdout).toMatch(/2 +by \S+ \S+ +email changed +bob@example\.com → ann@example\.com\n +after /);
    expect(await read(story, 'history', 'u-ann')).toMatchObject([
      { event: 'baseline' },
      { event: 'baseline', role_name: 'Tester' },
      { event: 'change', kind: 'email_changed', run_id: 2, after: 'ann.roe@example.com' },
    ]);
    expect(await read(story, 'access', 'ann@example.com', '--at', '1')).toMatchObject([{ user_id: 'u-ann' }]);
    expect(await read(story, 'access', 'bob@example.com')).toEqual([]);
    const nobody = await say(nights.databaseUrl, ['access', 'bob@example.com']);
    expect(nobody.stdout).toContain('Nobody had bob@example.com on that night.');
    expect(nobody.stdout).toContain('kore-sync access u-bob --at 2');
    expect(nobody.stdout).not.toContain('No role');
  });

  test('of somebody removed goes up to their end, and their roles end with them', async () => {
    const story = await beginStory();
    story.tenant.remove('ann@example.com');
    await story.night();
    expect(
      (await read(story, 'history', 'ann@example.com')).map((row) => row['kind'] ?? row['event']),
    ).toEqual(['baseline', 'baseline', 'user_removed', 'role_revoked']);
    expect((await say(story.nights.databaseUrl, ['history', 'ann@example.com'])).stdout).toContain('removed');
  });
});

describe('hostile names', () => {
  test('go in at one end and come out at the other harmless and whole', async () => {
    const tenant = makeTenant();
    const names = [
      '=HYPERLINK("http://x","y")',
      '<script>alert(1)</script>',
      '\u202egnp.exe',
      'a\nb',
      '\u001b[2J\u001b]0;x\u0007',
    ];
    const [formula = '', ...others] = names;
    for (const name of others) tenant.grant('ann@example.com', name, 'Leave');
    const story = await beginStory(tenant);
    tenant.grant('ann@example.com', formula, 'Leave');
    await story.night();
    const url = story.nights.databaseUrl;
    const seen = (await read(story, 'access', 'ann@example.com')).map((row) => row['role_name']);
    expect(seen).toEqual(expect.arrayContaining(names));
    for (const command of [['diff'], ['history', 'u-ann'], ['access', 'u-ann'], ['holders', formula]]) {
      for (const format of ['table', 'json', 'csv']) {
        const { code, stdout, stderr } = await say(url, [...command, '--format', format]);
        expect(code).toBe(0);
        expect((stdout + stderr).replace('\uFEFF', '').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        if (format === 'csv') expect(stdout).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
      }
    }
  });
});

describe('reading', () => {
  test('needs a night, and a schema it can read', async () => {
    const empty = await createTestDatabase();
    onTestFinished(() => empty.drop());
    const behind = await say(empty.url, ['diff']);
    expect(behind).toMatchObject({ code: 1, stdout: '' });
    expect(behind.stderr).toContain("'kore-sync migrate'");
    const migrated = await createMigratedDatabase();
    onTestFinished(() => migrated.drop());
    for (const args of [['diff'], ['access', 'a@b.c'], ['holders', 'x'], ['history', 'a@b.c']]) {
      const none = await say(migrated.url, args);
      expect(none).toMatchObject({ code: 1, stdout: '' });
      expect(none.stderr).toContain('No night has been published yet');
    }
  });

  test('works with no rights but those of an analyst', async () => {
    const { nights } = await beginStory();
    await nights.query(`CREATE ROLE reading_analyst LOGIN PASSWORD 'reading';
      GRANT USAGE ON SCHEMA directory TO reading_analyst; GRANT SELECT ON ALL TABLES IN SCHEMA directory TO reading_analyst`);
    onTestFinished(async () => {
      await nights.query('DROP OWNED BY reading_analyst; DROP ROLE reading_analyst');
    });
    const url = new URL(nights.databaseUrl);
    url.username = 'reading_analyst';
    url.password = 'reading';
    for (const args of [
      ['diff'],
      ['diff', '--from', '1'],
      ['access', 'u-ann'],
      ['holders', 'Tester'],
      ['history', 'u-ann'],
    ]) {
      const { code, stdout } = await say(url.href, args);
      expect([args, code, stdout.length > 50]).toEqual([args, 0, true]);
    }
    await nights.query('REVOKE USAGE ON SCHEMA directory FROM reading_analyst');
    const denied = await say(url.href, ['diff']);
    expect(denied).toMatchObject({ code: 1, stdout: '' });
    expect(denied.stderr).toContain('--analyst-role');
  });

  test('needs nothing in the environment but the database', async () => {
    const story = await beginStory();
    const command = startCommand(['diff', '--format', 'csv'], { DATABASE_URL: story.nights.databaseUrl });
    const { code, stdout } = await command.result;
    expect([code, stdout.slice(0, 9)]).toEqual([0, 'change_id']);
  });

  test('says so once and fails where standard output takes nothing; a log that does spoils nothing', async () => {
    const story = await beginStory();
    // Nothing can be written to what was opened for reading, as nothing can to a full disk.
    const output = await open(fileURLToPath(import.meta.url), 'r');
    onTestFinished(() => output.close());
    const env = { DATABASE_URL: story.nights.databaseUrl };
    for (const args of [['access', 'u-ann'], ['runs']]) {
      const { code, stderr } = await startCommand(args, env, { stdout: output.fd }).result;
      expect([args, code]).toEqual([args, 1]);
      expect(stderr).toMatch(/^Standard output cannot be written to \(EBADF\)[^\n]*\n$/);
    }
    const told = await startCommand(['diff', '--format', 'csv'], env, { stderr: output.fd }).result;
    expect([told.code, told.stdout.slice(0, 9)]).toEqual([0, 'change_id']);
  });
});
