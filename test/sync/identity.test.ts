import { describe, expect, test } from 'vitest';
import { readUser, readViews } from '../support/directory.ts';
import type { TestNights } from '../support/night.ts';
import { beginStory, makeTenant, openStory, type Story } from '../support/story.ts';

const GRANT_OF = { scope: 'bot', role_name: 'Tester', bot_name: 'Leave' };
const DIRECT = { direct: true, via_groups: [] };

describe('an address', () => {
  test('that changes on the same user id is one change', async () => {
    const { tenant, nights, night } = await beginStory();
    tenant.changeEmail('ann@example.com', 'ann.roe@example.com');
    expect(await night()).toEqual([
      {
        kind: 'email_changed',
        since: '1',
        user_id: 'u-ann',
        email: 'ann.roe@example.com',
        before: 'ann@example.com',
        after: 'ann.roe@example.com',
      },
    ]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ email: 'ann.roe@example.com', in_roster: true });
    expect(await night()).toEqual([]);
  });

  test('of a renamed person comes back absent in one batch while the new one is found in another', async () => {
    const { tenant, nights, night } = await beginStory();
    tenant.changeEmail('eve@example.com', 'adele@example.com');
    expect(await night({ env: { BATCH_SIZE: '1' } })).toMatchObject([
      { kind: 'email_changed', user_id: 'u-eve' },
    ]);
    expect(await readUser(nights, 'u-eve')).toMatchObject({ removed_at: null, in_roster: true });
  });

  test('that moves to a new user id ends the one person and begins the other', async () => {
    const { tenant, nights, night } = await beginStory();
    tenant.remove('ann@example.com', { staysOnRoster: false });
    tenant.addPerson({ email: 'ann@example.com', userId: 'u-ann-2', firstName: 'Ann', lastName: 'Other' });
    const changes = await night();
    expect(changes).toMatchObject([
      { kind: 'user_removed', user_id: 'u-ann', email: 'ann@example.com', since: '1' },
      { kind: 'role_revoked', user_id: 'u-ann', ...GRANT_OF, before: DIRECT, since: '1' },
      { kind: 'user_added', user_id: 'u-ann-2', email: 'ann@example.com', since: '1' },
    ]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ email: 'ann@example.com', in_roster: false });
    expect(await readUser(nights, 'u-ann-2')).toMatchObject({ first_name: 'Ann', in_roster: true });
    expect(await night()).toEqual([]);
  });

  test('that moves to somebody known leaves them the address, and its former holder their new one', async () => {
    const { tenant, night } = await beginStory();
    tenant.changeEmail('ann@example.com', 'ann.roe@example.com');
    tenant.changeEmail('bob@example.com', 'ann@example.com');
    expect(await night()).toMatchObject([
      { kind: 'email_changed', user_id: 'u-ann', before: 'ann@example.com', after: 'ann.roe@example.com' },
      { kind: 'email_changed', user_id: 'u-bob', before: 'bob@example.com', after: 'ann@example.com' },
    ]);
    expect(await night()).toEqual([]);
  });

  test('may be swapped between two people in one night', async () => {
    const { tenant, nights, night } = await beginStory();
    tenant.changeEmail('ann@example.com', 'meanwhile@example.com');
    tenant.changeEmail('bob@example.com', 'ann@example.com');
    tenant.changeEmail('meanwhile@example.com', 'bob@example.com');
    expect(await night()).toMatchObject([
      { kind: 'email_changed', user_id: 'u-ann', before: 'ann@example.com', after: 'bob@example.com' },
      { kind: 'email_changed', user_id: 'u-bob', before: 'bob@example.com', after: 'ann@example.com' },
    ]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ email: 'bob@example.com', removed_at: null });
    expect(await night()).toEqual([]);
  });

  test('that differs in letter case alone is the same, and so is a status', async () => {
    const { tenant, nights, night } = await beginStory();
    const before = await readViews(nights);
    tenant.changeEmail('ann@example.com', 'Ann@Example.COM');
    tenant.setStatus('bob@example.com', 'ACTIVE');
    expect(await night()).toEqual([]);
    const after = await readViews(nights);
    expect(after.grants).toEqual(before.grants);
    const { confirmed_at: confirmedAt } = (await readUser(nights, 'u-ann')) ?? {};
    expect(after.users).toEqual(before.users.map((user) => ({ ...user, confirmed_at: confirmedAt })));
  });
});

describe('two entries of the roster that lead to one user', () => {
  /** The tenant knows two people; the platform says they are one. */
  async function beginShared(): Promise<Story> {
    const tenant = makeTenant();
    tenant.addPerson({ email: 'a.doe@example.com', userId: 'u-other', firstName: 'ann', lastName: 'Doe' });
    tenant.grant('a.doe@example.com', 'Tester', 'Leave');
    const story = await openStory(tenant);
    sharedBy(story.nights);
    expect(await story.night()).toEqual([]);
    return story;
  }

  function sharedBy({ server }: TestNights): void {
    server.faults.clear();
    server.faults.add({
      on: { entries: ['a.doe@example.com'] },
      does: { set: { 'userInfo.userId': 'u-ann' } },
    });
  }

  test('are one user, with one of the addresses, night after night', async () => {
    const { nights, night } = await beginShared();
    expect(await readUser(nights, 'u-ann')).toMatchObject({ email: 'a.doe@example.com' });
    expect(await nights.query('SELECT user_id FROM directory.users')).toHaveLength(5);
    expect(await night()).toEqual([]);
  });

  test('keep the user while either of them does, and the address they are known by while it is silent', async () => {
    const { nights, night } = await beginShared();
    nights.server.faults.add({ on: { entries: ['a.doe@example.com'] }, does: 'omit' });
    expect(await night()).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ email: 'a.doe@example.com', removed_at: null });
    sharedBy(nights);
    expect(await night()).toEqual([]);
  });

  test('leave the user the other address when one is said not to exist', async () => {
    const { tenant, nights, night } = await beginShared();
    nights.server.faults.clear();
    tenant.remove('a.doe@example.com');
    expect(await night()).toMatchObject([
      { kind: 'email_changed', user_id: 'u-ann', before: 'a.doe@example.com', after: 'ann@example.com' },
    ]);
    expect(nights.server.faults.list[0]?.fired).toBe(1);
    expect(await night()).toEqual([]);
  });

  test('take nothing from the user while one is said not to exist and the other is silent', async () => {
    const { tenant, nights, night } = await beginShared();
    const before = await readUser(nights, 'u-ann');
    nights.server.faults.clear();
    tenant.remove('a.doe@example.com');
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    expect(await night()).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toEqual(before);
    nights.server.faults.clear();
    expect(await night()).toMatchObject([{ kind: 'email_changed', after: 'ann@example.com', since: '1' }]);
  });

  test('make the user unanswered while they contradict each other', async () => {
    const { tenant, nights, night } = await beginShared();
    tenant.setStatus('ann@example.com', 'Suspended');
    const before = await readUser(nights, 'u-ann');
    expect(await night()).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toEqual(before);
    tenant.setStatus('a.doe@example.com', 'Suspended');
    expect(await night()).toMatchObject([
      { kind: 'status_changed', user_id: 'u-ann', before: 'active', after: 'Suspended', since: '1' },
    ]);
  });
});

describe('a user', () => {
  test('who is removed takes everything along, and brings it back when restored', async () => {
    const { tenant, nights, night } = await beginStory();
    tenant.joinGroup('ann@example.com', 'Ops');
    tenant.assignTask('ann@example.com', 'Leave', 'alert', 't-1');
    expect(await night()).toMatchObject([{ kind: 'group_joined' }, { kind: 'task_assigned' }]);

    const ann = tenant.remove('ann@example.com');
    const everything = [
      { ...GRANT_OF, user_id: 'u-ann' },
      { group_name: 'Ops', user_id: 'u-ann' },
      { bot_name: 'Leave', task_kind: 'alert', task_id: 't-1', user_id: 'u-ann' },
    ];
    const [role, group, task] = everything;
    expect(await night()).toMatchObject([
      { kind: 'user_removed', user_id: 'u-ann', since: '2' },
      { kind: 'role_revoked', since: '2', before: DIRECT, ...role },
      { kind: 'group_left', since: '2', ...group },
      { kind: 'task_unassigned', since: '2', ...task },
    ]);
    const gone = await readUser(nights, 'u-ann');
    expect(gone).toMatchObject({ email: 'ann@example.com', in_roster: true, confirmed_by: '3' });
    expect(gone?.['removed_at']).toEqual(gone?.['confirmed_at']);
    expect(await night()).toEqual([]);

    tenant.restore(ann);
    tenant.setName(ann.email, 'Ann', 'Roe');
    expect(await night()).toMatchObject([
      { kind: 'user_restored', user_id: 'u-ann', since: '4' },
      { kind: 'name_changed', before: 'ann Doe', after: 'Ann Roe', since: '4' },
      { kind: 'role_granted', since: '4', after: DIRECT, ...role },
      { kind: 'group_joined', since: '4', ...group },
      { kind: 'task_assigned', since: '4', ...task },
    ]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ removed_at: null, last_name: 'Roe' });
  });

  test('who comes back under another address is the same, by their id', async () => {
    const { tenant, night } = await beginStory();
    tenant.remove('ann@example.com', { staysOnRoster: false });
    expect(await night()).toMatchObject([{ kind: 'user_removed' }, { kind: 'role_revoked' }]);
    tenant.addPerson({ email: 'ann.roe@example.com', userId: 'u-ann', firstName: 'ann', lastName: 'Doe' });
    expect(await night()).toMatchObject([
      { kind: 'user_restored', user_id: 'u-ann', email: 'ann.roe@example.com', since: '2' },
      { kind: 'email_changed', before: 'ann@example.com', after: 'ann.roe@example.com' },
    ]);
  });

  test('who left the roster and is still found keeps everything, and is shown off the roster', async () => {
    const { tenant, nights, night } = await beginStory();
    const before = await readViews(nights);
    tenant.setRosterEntry('ann@example.com', null);
    expect(await night()).toEqual([]);
    expect((await readViews(nights)).grants).toEqual(before.grants);
    expect(await readUser(nights, 'u-ann')).toMatchObject({
      in_roster: false,
      removed_at: null,
      confirmed_by: '2',
    });
    expect(await nights.query('SELECT user_id FROM directory.orphaned_access')).toEqual([
      { user_id: 'u-ann' },
    ]);
  });
});
