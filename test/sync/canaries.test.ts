import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStaging, readUser } from '../support/directory.ts';
import { beginStory, makeTenant, openStory } from '../support/story.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

async function canaries(...rows: string[]): Promise<{ env: { CANARIES: string } }> {
  const file = path.join(await makeTemporaryFolder(), 'canaries.csv');
  await writeFile(file, ['email,role,bot,scope', ...rows].join('\n'));
  return { env: { CANARIES: file } };
}

const EVENTS = 'SELECT kind::text, run_id, detail FROM run_events ORDER BY id';

describe('canaries', () => {
  test('hold even the first night, and are no obstacle once they come back as they should', async () => {
    const tenant = makeTenant();
    tenant.addPerson({ email: 'watch@example.com', userId: 'u-watch', rosterEntry: null });
    const { nights, tryNight, night } = await openStory(tenant);
    const options = await canaries(
      'ann@example.com,Tester,Leave,',
      'watch@example.com,Auditor,,admin',
      'gone@example.com,,,',
    );
    const { run } = await tryNight(options);
    const reason =
      '2 of 3 canaries came back otherwise: line 3 lacks the role "Auditor" on the account, line 4 was said not to exist';
    expect(run).toMatchObject({
      status: 'held',
      baseline: true,
      reasons: [reason],
      answers: { found: 6, absent: 1 },
    });
    expect(await nights.query(EVENTS)).toEqual([
      { kind: 'canary', run_id: '1', detail: reason },
      { kind: 'held', run_id: '1', detail: reason },
    ]);

    tenant.grant('watch@example.com', 'Auditor');
    tenant.addPerson({ email: 'gone@example.com', userId: 'u-gone' });
    expect(await night(options)).toEqual([]);
    expect(await readUser(nights, 'u-watch')).toMatchObject({ in_roster: false, removed_at: null });
    expect(await readStaging(nights)).toEqual([]);

    // Unchanged people are judged as they are known.
    expect(await night(options)).toEqual([]);
    nights.server.faults.add({ on: { entries: ['watch@example.com'] }, does: { drop: ['roles'] } });
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    expect((await tryNight(options)).run).toMatchObject({
      status: 'held',
      reasons: [expect.stringMatching(/line 2 was not answered, line 3 lacks the role "Auditor"/) as unknown],
    });
    nights.server.faults.clear();
    tenant.revoke('ann@example.com', 'Tester', 'Leave');
    expect((await tryNight(options)).run.reasons).toEqual([
      '1 of 3 canaries came back otherwise: line 2 lacks the role "Tester" on "Leave"',
    ]);
  });

  test('are read for every night, and a file that cannot be used opens none', async () => {
    const { nights, tryNight } = await beginStory();
    await expect(tryNight(await canaries('ann@example.com,,Leave,'))).rejects.toMatchObject({
      code: 'CANARIES_UNREADABLE',
      message: expect.stringContaining('line 2 says where, but no role') as unknown,
    });
    expect(await nights.query('SELECT id FROM runs')).toHaveLength(1);
  });
});
