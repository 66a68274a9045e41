import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EDITIONS } from '../../src/simulator/editions.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import type { RunningTenant } from '../../src/simulator/server.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import type { Truth } from '../../src/simulator/truth.ts';
import { askAbout, serveTenant } from './tenant-client.ts';

const roleShape = z.object({
  roleId: z.string(),
  roleName: z.string(),
  groups: z.array(z.string()).optional(),
  botId: z.string().optional(),
  botName: z.string().optional(),
});
const taskShape = z.object({
  botId: z.string(),
  dialogs: z.array(z.string()),
  actions: z.array(z.string()),
  alerts: z.array(z.string()),
  knowledgeTask: z.array(z.string()),
});
const foundShape = z.object({
  canCreateBot: z.boolean(),
  isDeveloper: z.boolean(),
  userInfo: z.object({
    emailId: z.string(),
    userId: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    status: z.string().optional(),
    lastLogin: z.string().nullish(),
  }),
  roles: z.object({ btRoles: z.array(roleShape), adminRoles: z.array(roleShape) }),
  assignBotTasks: z.array(taskShape).optional(),
  groups: z.array(z.object({ groupId: z.string(), groupName: z.string() })),
});
type Found = z.infer<typeof foundShape>;
type Role = z.infer<typeof roleShape>;
const failedShape = z.object({ userInfo: z.object({ status: z.literal('failure') }) });

/** Everything the responses say of these people, as rows: the reader's side, written here a second time. */
async function readDirectory(running: RunningTenant, entries: readonly string[]): Promise<Rows> {
  const items = z.array(z.union([foundShape, failedShape])).parse(await askAbout(running, ...entries));
  const found = items.filter((item): item is Found => 'roles' in item);
  return {
    users: found.map(readUser),
    roleGrants: found.flatMap((item) => [
      ...readRoles(item, item.roles.btRoles, 'bot'),
      ...readRoles(item, item.roles.adminRoles, 'admin'),
    ]),
    groupMemberships: found.flatMap((item) =>
      item.groups.map(({ groupId, groupName }) => ({
        ...readPerson(item),
        group_id: groupId,
        group_name: groupName,
      })),
    ),
    taskAssignments: found.flatMap(readTasks),
  };
}

type Rows = Record<'users' | 'roleGrants' | 'groupMemberships' | 'taskAssignments', readonly object[]>;

function readPerson({ userInfo }: Found): { user_id: string; email: string } {
  return { user_id: userInfo.userId, email: userInfo.emailId.toLowerCase() };
}

function readUser(item: Found): object {
  return {
    ...readPerson(item),
    first_name: item.userInfo.firstName.trim(),
    last_name: item.userInfo.lastName.trim(),
    status: item.userInfo.status ?? null,
    can_create_bot: item.canCreateBot,
    is_developer: item.isDeveloper,
    last_login: item.userInfo.lastLogin ?? null,
    in_roster: true,
  };
}

function readRoles(item: Found, roles: readonly Role[], scope: string): object[] {
  const keys = new Set(roles.map(({ roleId, botId = '' }) => `${roleId} ${botId}`));
  return [...keys].map((key) => {
    const told = roles.filter(({ roleId, botId = '' }) => `${roleId} ${botId}` === key);
    const lists = told.flatMap(({ groups }) => (groups === undefined ? [] : [groups]));
    return {
      ...readPerson(item),
      scope,
      role_id: told[0]?.roleId,
      role_name: told[0]?.roleName,
      bot_id: told[0]?.botId ?? null,
      bot_name: told[0]?.botName ?? null,
      direct: lists.length === 0 ? null : lists.some((groups) => groups.length === 0),
      via_groups: lists.length === 0 ? null : lists.flat().sort(),
    };
  });
}

function readTasks(item: Found): object[] {
  return (item.assignBotTasks ?? []).flatMap(({ botId, dialogs, actions, alerts, knowledgeTask }) => {
    const kinds = { dialog: dialogs, action: actions, alert: alerts, knowledge: knowledgeTask };
    return Object.entries(kinds).flatMap(([task_kind, ids]) =>
      ids.map((task_id) => ({ ...readPerson(item), bot_id: botId, task_kind, task_id })),
    );
  });
}

function readTruth(truth: Truth): Rows {
  return {
    users: [...truth.users],
    roleGrants: [...truth.roleGrants],
    groupMemberships: [...truth.groupMemberships],
    taskAssignments: [...truth.taskAssignments],
  };
}

function sortRows(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

describe.each(EDITIONS)('the truth in edition %s', (edition) => {
  it.each([false, true])('is what the responses say, with repeated roles %s', async (repeatsRoles) => {
    const tenant = populateTenant({ seed: 'truth', people: 1000, edition, repeatsRoles });
    tenant.advanceNight();
    const running = await serveTenant({ tenant });
    const read = await readDirectory(running, [...tenant.roster()]);
    const truth = readTruth(tenant.truth());
    expect(sortRows(read.users)).toEqual(sortRows(truth.users));
    expect(sortRows(read.roleGrants)).toEqual(sortRows(truth.roleGrants));
    expect(sortRows(read.groupMemberships)).toEqual(sortRows(truth.groupMemberships));
    expect(sortRows(read.taskAssignments)).toEqual(sortRows(truth.taskAssignments));
    expect(truth.roleGrants.length).toBeGreaterThan(1000);
    expect(truth.taskAssignments.length > 0).toBe(edition !== 'current');
  });
});

describe('the reach of the truth', () => {
  function makeThree(): Tenant {
    const tenant = new Tenant();
    tenant.addPerson({ email: 'Ann@example.com' });
    tenant.addPerson({ email: 'bob@example.com', rosterEntry: null });
    tenant.addPerson({ email: 'cem@example.com', rosterEntry: 'CEM@example.com' });
    tenant.addStranger('nobody@example.com');
    return tenant;
  }
  const listUsers = (truth: Truth): [string, boolean][] =>
    [...truth.users].map(({ email, in_roster }) => [email, in_roster]);

  it('is the people whom the roster names, letter case aside', () => {
    const truth = makeThree().truth();
    expect(listUsers(truth)).toEqual([
      ['ann@example.com', true],
      ['cem@example.com', true],
    ]);
    expect(truth).toMatchObject({ entries: 3, answers: { found: 2, absent: 1 } });
  });

  it('includes those known from earlier nights, as not on the roster', () => {
    const tenant = makeThree();
    const truth = tenant.truth({
      roster: [' ANN@example.com ', 'ann@example.com'],
      known: ['ann@example.com', 'bob@example.com', 'gone@example.com'],
    });
    expect(listUsers(truth)).toEqual([
      ['ann@example.com', true],
      ['bob@example.com', false],
    ]);
    expect(truth).toMatchObject({ entries: 1, answers: { found: 2, absent: 1 } });
  });

  it('ends at an address that was given up', () => {
    const tenant = makeThree();
    tenant.changeEmail('ann@example.com', 'anna@example.com', { rosterFollows: false });
    expect(listUsers(tenant.truth())).toEqual([['cem@example.com', true]]);
    tenant.addPerson({ email: 'ann@example.com', rosterEntry: null });
    expect(listUsers(tenant.truth())).toHaveLength(2);
  });

  it('may be read again and again, but not after the tenant has changed', () => {
    const tenant = makeThree();
    const truth = tenant.truth();
    expect([...truth.users]).toEqual([...truth.users]);
    tenant.setStatus('ann@example.com', 'Locked');
    expect(() => [...truth.users]).toThrow('the tenant has changed since this truth was stated');
  });
});
