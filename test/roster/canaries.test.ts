import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCanaries } from '../../src/roster/canaries.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

async function read(text: string): ReturnType<typeof readCanaries> {
  const file = path.join(await makeTemporaryFolder(), 'canaries.csv');
  await writeFile(file, text);
  return readCanaries(file);
}

const ANN = { entry: 'ann@example.com', kind: 'email', role: null, bot: null, scope: null };

describe('a file of canaries', () => {
  test('has a row for each expectation, with the line it stands in', async () => {
    expect(
      await read(
        'email,role,bot,scope\nAnn@Example.com,Auditor,,admin\n\nann@example.com,Tester,Leave,\nann@example.com,,,\n',
      ),
    ).toEqual([
      { ...ANN, line: 2, role: 'Auditor', scope: 'admin' },
      { ...ANN, line: 4, role: 'Tester', bot: 'Leave' },
      { ...ANN, line: 5 },
    ]);
  });

  test('may leave columns out, be parted by semicolons and begin with a byte order mark', async () => {
    expect(await read('\uFEFFE-Mail;Role\r\nann@example.com;"Auditor; internal"\r\n')).toEqual([
      { ...ANN, line: 2, role: 'Auditor; internal' },
    ]);
  });

  test('may name people by org user id', async () => {
    expect(await read('orgUserId\nou-1\n')).toEqual([
      { ...ANN, line: 2, entry: 'ou-1', kind: 'org_user_id' },
    ]);
  });

  test.each([
    ['is empty', '', 'it is empty'],
    ['has a header alone', 'email,role\n', 'no canary below its header'],
    ['names no address', 'role,bot\nAuditor,\n', 'line 1 names no column of addresses'],
    ['has a column nobody knows', 'email,rolle\nann@example.com,Auditor\n', 'line 1 has an unknown column'],
    ['has what is no address', 'email\nann\n', 'line 2 has an address that is not an email address'],
    ['says where but no role', 'email,bot\nann@example.com,Leave\n', 'line 2 says where, but no role'],
    [
      'has a scope nobody knows',
      'email,role,scope\nann@example.com,A,all\n',
      'line 2 has a scope that is neither',
    ],
    ['contradicts itself', 'email,role,bot,scope\nann@example.com,A,Leave,admin\n', 'line 2 has a bot, but'],
    ['is no CSV', 'email,role\nann@example.com,"Audi"tor\n', 'line 2 is not CSV'],
  ])('that %s is refused, without an address in the message', async (_, text, fault) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'CANARIES_UNREADABLE',
      message: expect.stringContaining(fault) as unknown,
    });
    await expect(read(text)).rejects.not.toMatchObject({
      message: expect.stringContaining('ann@example.com') as unknown,
    });
  });

  test('has all its faults told at once', async () => {
    await expect(read('email\nann\nbob\n')).rejects.toMatchObject({
      message: expect.stringMatching(/line 2 .*; line 3 /) as unknown,
    });
  });

  test('that does not exist is refused by its path', async () => {
    await expect(readCanaries('/nowhere/canaries.csv')).rejects.toMatchObject({
      code: 'CANARIES_UNREADABLE',
      message: expect.stringContaining(
        '/nowhere/canaries.csv (CANARIES) cannot be used: it does not exist',
      ) as unknown,
    });
  });
});
