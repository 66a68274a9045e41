import { describe, expect, test } from 'vitest';
import type { Answer, BatchAnswers, EntryKind } from '../../src/core/answer.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';
import { interpret, loadSample } from '../support/users-info.ts';

const JANE = 'jane@example.com';
const JOHN = 'john@example.com';

describe('the documented samples', () => {
  test('a user of the current edition is found, with tasks and sources of roles not observed', () => {
    const { answers, drift, ignored } = ask(['john.doe@example.com'], loadSample('current-success'));
    expect(answers).toEqual([
      {
        kind: 'found',
        entry: 'john.doe@example.com',
        snapshot: {
          userId: 'u-575f16b0-c4c5-5f3c-a740-06288c67dec1',
          email: 'john.doe@example.com',
          firstName: '',
          lastName: '',
          status: 'active',
          lastLogin: '2023-08-08T05:55:56.698Z',
          canCreateBot: true,
          isDeveloper: true,
          botRoles: {
            items: [
              {
                roleId: '5d9d920dabdc1e6e8ec99342',
                roleName: 'sample bot role 2',
                botId: 'st-16511425-15c5-5cdf-b652-a796db7d134b',
                botName: 'bot6ent',
              },
            ],
            complete: true,
          },
          adminRoles: {
            items: [{ roleId: '5cd4081158217217cccabb7e', roleName: 'admin' }],
            complete: true,
          },
          groups: {
            items: [{ groupId: 'e-06b41cdd-7678-5394-b958-40ca5662f502', groupName: 'group1' }],
            complete: true,
          },
        },
      },
    ]);
    expect({ drift, ignored }).toEqual({ drift: [], ignored: 0 });
  });

  test('the 7.1 edition gives sources and tasks, no status, and a failure beside the users', () => {
    const { answers, drift } = ask(['test@test.com', 'PublicUser3@gmail.com'], loadSample('v7-mixed'));
    expect(answers[0]).toEqual({ kind: 'absent', entry: 'test@test.com', reason: 'Invalid emailId' });
    const user = snapshotOf(answers[1]);
    expect(user).not.toHaveProperty('status');
    expect(user).not.toHaveProperty('lastLogin');
    expect(user.botRoles?.items.map(({ viaGroupNames, direct }) => [viaGroupNames, direct])).toEqual([
      [['group1'], false],
      [[], true],
      [[], true],
    ]);
    expect(user.tasks).toEqual({
      items: [
        {
          botId: 'st-xxxxx-xxx-xxx-xxx-xxxxx',
          taskIds: { dialog: ['dg-xxxxx-xxx-xxx-xxx-xxxxx'], action: [], alert: [], knowledge: [] },
        },
      ],
      complete: true,
    });
    expect(drift).toEqual([]);
  });

  test.each([
    ['v7-failure-bare-object', 'test@test.com', 'Invalid emailId'],
    ['current-failure', 'a3q4', 'User not found. Please check the provided email address.'],
    ['xo-failure-bad-request', 'A3Q4', 'User not found. Please check the provided email address.'],
  ])('%s says that the entry is absent', (sample, entry, reason) => {
    expect(ask([entry], loadSample(sample)).answers).toEqual([{ kind: 'absent', entry, reason }]);
  });
});

describe('matching', () => {
  test('depends on neither order nor letter case nor width, and keeps the spelling that was asked', () => {
    const { answers } = ask(
      ['JOHN@example.com', 'ｊａｎｅ@example.com'],
      [user('Jane@Example.com', 'u-1'), user(' john@EXAMPLE.com ', 'u-2')],
    );
    expect(answers.map(summarize)).toEqual(['JOHN@example.com: u-2', 'ｊａｎｅ@example.com: u-1']);
  });

  test('an entry the response does not mention is unanswered', () => {
    const { answers } = ask([JANE, JOHN], [user(JANE, 'u-1')]);
    expect(answers[1]).toEqual({
      kind: 'unanswered',
      entry: JOHN,
      reason: 'the response has no item for this entry',
    });
  });

  test('an empty list answers nobody', () => {
    expect(kindsOf(ask([JANE, JOHN], []))).toEqual(['unanswered', 'unanswered']);
  });

  test('items nobody asked for are counted and ignored', () => {
    const reply = [
      user('eve@example.com', 'u-9'),
      user(JANE, 'u-1'),
      failure('x@example.com', 'Invalid emailId'),
      7,
    ];
    const answers = ask([JANE], reply);
    expect(answers.ignored).toBe(3);
    expect(kindsOf(answers)).toEqual(['found']);
  });

  test('two spellings of one address get the same answer each', () => {
    expect(kindsOf(ask([JANE, 'JANE@example.com'], [user(JANE, 'u-1')]))).toEqual(['found', 'found']);
  });

  test.each([[undefined], [null], [''], ['  ']])(
    'a lone failure whose address is %j belongs to the one entry asked',
    (emailId) => {
      const reply = [{ userInfo: { emailId, status: 'failure', reason: 'Invalid emailId' } }];
      expect(kindsOf(ask([JANE], reply))).toEqual(['absent']);
      expect(kindsOf(ask([JANE, JOHN], reply))).toEqual(['unanswered', 'unanswered']);
      expect(kindsOf(ask([JANE], [...reply, ...reply]))).toEqual(['unanswered']);
    },
  );

  test('a user without an address is nobody who was asked for', () => {
    const reply = [{ userInfo: { userId: 'u-1', status: 'active' } }];
    expect(ask([JANE], reply)).toMatchObject({ answers: [{ kind: 'unanswered' }], ignored: 1 });
  });

  test('a failure for another address says nothing of the one entry asked', () => {
    expect(kindsOf(ask([JANE], [failure(JOHN, 'Invalid emailId')]))).toEqual(['unanswered']);
  });
});

describe('org user ids', () => {
  test('asked about one, the one item is its answer', () => {
    const { answers } = ask(['o-1'], [user(JANE, 'u-1')], 'org_user_id');
    expect(answers.map(summarize)).toEqual(['o-1: u-1']);
    expect(kindsOf(ask(['o-1'], failure(undefined, 'Invalid orgUserId'), 'org_user_id'))).toEqual(['absent']);
  });

  test('asked about several, an item counts only where it names the id', () => {
    const byInfo = user(JANE, 'u-1', { orgUserId: 'o-1' });
    const byItem = { ...user(JOHN, 'u-2'), orgUserId: 'o-2' };
    const byUserId = user('eve@example.com', 'u-3');
    const silent = user('kim@example.com', 'u-4');
    const { answers, ignored } = ask(
      ['o-1', 'o-2', 'u-3', 'o-4'],
      [silent, byUserId, byItem, byInfo],
      'org_user_id',
    );
    expect(answers.map(summarize)).toEqual(['o-1: u-1', 'o-2: u-2', 'u-3: u-3', 'o-4: unanswered']);
    expect(ignored).toBe(1);
  });

  test('an item that names another id is not the answer, however alone it is', () => {
    const reply = [user(JANE, 'u-1', { orgUserId: 'o-2' })];
    expect(kindsOf(ask(['o-1'], reply, 'org_user_id'))).toEqual(['unanswered']);
  });
});

describe('several items for one entry', () => {
  test('identical ones are one user', () => {
    expect(kindsOf(ask([JANE], [user(JANE, 'u-1'), user(JANE.toUpperCase(), 'u-1')]))).toEqual(['found']);
  });

  test('ones that differ in the last login are one user, who logged in later', () => {
    const logins = ['2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z'];
    const reply = logins.map((lastLogin) => user(JANE, 'u-1', { lastLogin }));
    for (const items of [reply, [...reply].reverse()]) {
      expect(snapshotOf(ask([JANE], items).answers[0]).lastLogin).toBe(logins[0]);
    }
  });

  test.each([
    ['the user', user(JANE, 'u-2')],
    ['a name', user(JANE, 'u-1', { firstName: 'Janet' })],
    ['what is observed', { ...user(JANE, 'u-1'), groups: [] }],
  ])('ones that disagree about %s leave the entry unanswered', (_, other) => {
    expect(kindsOf(ask([JANE], [user(JANE, 'u-1'), other]))).toEqual(['unanswered']);
  });

  test('a user beside a failure is found', () => {
    const reply = [failure(JANE, 'Invalid emailId'), user(JANE, 'u-1')];
    for (const items of [reply, [...reply].reverse()]) expect(kindsOf(ask([JANE], items))).toEqual(['found']);
  });

  test('a failure that is no "absent" outweighs one that is', () => {
    // I1
    const reply = [failure(JANE, 'Invalid emailId'), failure(JANE, 'Internal error')];
    for (const items of [reply, [...reply].reverse()]) {
      expect(ask([JANE], items).answers).toEqual([
        { kind: 'unanswered', entry: JANE, reason: 'Internal error' },
      ]);
    }
  });
});

describe('what makes an item found', () => {
  test.each([[undefined], [null], [''], [' '], [7], [{}], ['x'.repeat(201)]])(
    'an item whose userId is %j is unanswered',
    (userId) => {
      const reply = [{ userInfo: { emailId: JANE, userId, status: 'active' } }];
      expect(kindsOf(ask([JANE], reply))).toEqual(['unanswered']);
    },
  );

  test('a user id that cannot be read forbids to believe the failure beside it', () => {
    const reply = [{ userInfo: { emailId: JANE, userId: 7, status: 'failure', reason: 'Invalid emailId' } }];
    expect(kindsOf(ask([JANE], reply))).toEqual(['unanswered']);
  });

  test('a user with a failure in the same item is found, and the word is not their status', () => {
    const reply = [user(JANE, 'u-1', { status: 'failure', reason: { errors: [{ msg: 'x', code: 400 }] } })];
    expect(snapshotOf(ask([JANE], reply).answers[0])).not.toHaveProperty('status');
  });

  test('"failure" without a reason is a status like any other', () => {
    const reply = [user(JANE, 'u-1', { status: 'Failure' })];
    expect(snapshotOf(ask([JANE], reply).answers[0]).status).toBe('Failure');
  });

  test.each([['active'], [undefined], [null], [400]])(
    'a reason beside the status %j is no failure',
    (status) => {
      const reply = [{ userInfo: { emailId: JANE, status, reason: 'Invalid emailId' } }];
      expect(kindsOf(ask([JANE], reply))).toEqual(['unanswered']);
    },
  );
});

function ask(entries: readonly string[], body: unknown, entryKind: EntryKind = 'email'): BatchAnswers {
  const outcome = interpret(entries, body, {}, entryKind);
  if (!outcome.ok) throw new Error(`expected answers, got ${outcome.failure.kind}`);
  return outcome.answers;
}

function user(emailId: string, userId: string, info: Record<string, unknown> = {}) {
  return { userInfo: { emailId, userId, firstName: 'A', ...info } };
}

function failure(emailId: string | undefined, reason: unknown) {
  return { userInfo: { emailId, status: 'failure', reason } };
}

function kindsOf({ answers }: BatchAnswers): readonly string[] {
  return answers.map(({ kind }) => kind);
}

function summarize(answer: Answer): string {
  return `${answer.entry}: ${answer.kind === 'found' ? answer.snapshot.userId : answer.kind}`;
}

function snapshotOf(answer: Answer | undefined): Snapshot {
  if (answer?.kind !== 'found') throw new Error(`expected a user, got ${answer?.kind ?? 'nothing'}`);
  return answer.snapshot;
}
