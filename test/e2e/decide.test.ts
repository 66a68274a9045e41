import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { startCommand, type CommandResult } from '../support/command.ts';
import { readChanges, readUser } from '../support/directory.ts';
import { beginStory, type Story } from '../support/story.ts';

/** Runs `kore-sync runs …` as a person at a terminal would; a decision reads no roster. */
async function runs({ nights }: Story, ...args: string[]): Promise<CommandResult> {
  const { server, databaseUrl } = nights;
  return startCommand(['runs', ...args], {
    KORE_HOST: server.url,
    KORE_CLIENT_ID: server.clientId,
    KORE_CLIENT_SECRET: server.clientSecret,
    ROSTER: 'nobody-reads-this.txt',
    DATABASE_URL: databaseUrl,
    GUARD_MIN_COVERAGE_PERCENT: '1',
    SUDO_USER: 'jane',
  }).result;
}

test('a held night is read, approved by the command that is printed, and a partial one is retried', async () => {
  const story = await beginStory();
  const { tenant, nights, tryNight } = story;
  tenant.grant('ann@example.com', 'Admin');
  tenant.setName('bob@example.com', 'Bo\u202Eb', 'Doe');
  tenant.setStatus('cid@example.com', 'Locked');
  nights.server.faults.add({ on: { entries: ['dee@example.com'] }, does: 'omit' });
  const { run } = await tryNight({ env: { GUARD_MAX_ADMIN_CHANGES: '0' } });

  const shown = await runs(story, 'show', run.runId);
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toMatch(/held .*1 change to admin roles \(1 granted, 0 revoked\), limit 0/);
  expect(shown.stdout).toContain('Changes (all 3):');
  expect(shown.stdout).toMatch(/ann@example\.com.*role granted.*Admin on the account.*directly/);
  expect(shown.stdout).toMatch(/bob@example\.com.*name changed.*Bo\\u\{202e\}b Doe/);
  expect(shown.stdout).toMatch(/cid@example\.com.*status changed.*active.*Locked/);
  expect(shown.stdout).not.toContain('\u202E');
  const [, hash = ''] = /runs approve 2 --plan ([0-9a-f]{12}) /.exec(shown.stdout) ?? [];
  expect(run.planHash?.startsWith(hash)).toBe(true);

  const other = await runs(story, 'approve', '2', '--plan', 'f00df00d');
  expect(other).toMatchObject({ code: 1, stdout: '' });
  expect(other.stderr).toContain("which is not the one named. Read it with 'kore-sync runs show 2'");
  expect((await runs(story, 'approve', '2', '--plan', 'f00')).code).toBe(2);

  const approved = await runs(story, 'approve', '2', '--plan', hash, '--reason', 'the new team');
  expect(approved).toMatchObject({ code: 4 });
  expect(approved.stdout).toContain('Run 2: published, partial (coverage 80.0%)');
  expect(approved.stdout).toMatch(new RegExp(`approved by jane@${hostname()} at .*: the new team`));
  expect(await readChanges(nights, '2')).toHaveLength(3);
  const pending = await nights.query(`SELECT FROM alerts WHERE status = 'pending'`);
  expect(pending).toEqual([]);

  nights.server.faults.clear();
  const retried = await runs(story, 'retry', '2');
  expect(retried).toMatchObject({ code: 0 });
  expect(retried.stdout).toContain('Run 3, a retry of run 2: published');
  expect(await readUser(nights, 'u-dee')).toMatchObject({ confirmed_by: '3' });
});

test('a held night is rejected, with the reason', async () => {
  const story = await beginStory();
  story.tenant.grant('ann@example.com', 'Admin');
  await story.tryNight({ env: { GUARD_MAX_ADMIN_CHANGES: '0' } });
  const rejected = await runs(story, 'reject', '2', '--reason', 'a test account');
  expect(rejected).toMatchObject({ code: 0 });
  expect(rejected.stdout).toMatch(/Run 2: rejected[^]*rejected by jane@.*: a test account/);
  expect(await story.nights.query('SELECT status::text, decision_reason FROM runs WHERE id = 2')).toEqual([
    { status: 'rejected', decision_reason: 'a test account' },
  ]);
});
