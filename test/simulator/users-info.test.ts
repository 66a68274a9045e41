import { describe, expect, it } from 'vitest';
import type { Edition } from '../../src/simulator/editions.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import { askAbout, listItems, postUsersInfo, serveTenant } from './tenant-client.ts';

const NOT_FOUND = 'User not found. Please check the provided email address.';
const WRONG_ARGUMENTS = { errors: [{ msg: 'Validation errors/ Invalid arguments', code: 412 }] };

/** The person of the documents' samples, with the ids printed there. */
function makeSampleTenant(edition: Edition): Tenant {
  const tenant = new Tenant({ edition });
  const bot6 = tenant.addBot('bot6ent', 'st-16511425-15c5-5cdf-b652-a796db7d134b');
  const dashboard = tenant.addBot('dashboardtest', 'st-ac60188d-cdf4-5e58-a249-178e54cd85b7');
  const sampleRole = tenant.addRole('bot', 'sample bot role 2', '5d9d920dabdc1e6e8ec99342');
  const tester = tenant.addRole('bot', 'Bot Tester', '5bb1ef53e6519fa9f722e69b');
  const admin = tenant.addRole('admin', 'admin', '5cd4081158217217cccabb7e');
  const group = tenant.addGroup('group1', 'e-06b41cdd-7678-5394-b958-40ca5662f502');
  tenant.grantToGroup(group, tester, dashboard);
  const person = tenant.addPerson({
    email: 'john.doe@example.com',
    userId: 'u-575f16b0-c4c5-5f3c-a740-06288c67dec1',
    canCreateBot: true,
    lastLogin: '2023-08-08T05:55:56.698Z',
  });
  tenant.grant(person, sampleRole, bot6);
  tenant.grant(person, admin);
  tenant.joinGroup(person, group);
  tenant.assignTask(person, bot6, 'dialog', 'dg-1');
  tenant.assignTask(person, bot6, 'knowledge', 'kt-1');
  return tenant;
}

const GROUPS = [{ groupId: 'e-06b41cdd-7678-5394-b958-40ca5662f502', groupName: 'group1' }];
const IDENTITY = {
  emailId: 'john.doe@example.com',
  userId: 'u-575f16b0-c4c5-5f3c-a740-06288c67dec1',
  firstName: '',
  lastName: '',
};
const SAMPLE_ROLE = { roleId: '5d9d920dabdc1e6e8ec99342', roleName: 'sample bot role 2' };
const SAMPLE_BOT = { botId: 'st-16511425-15c5-5cdf-b652-a796db7d134b', botName: 'bot6ent' };
const TESTER = { roleId: '5bb1ef53e6519fa9f722e69b', roleName: 'Bot Tester' };
const TESTER_BOT = { botId: 'st-ac60188d-cdf4-5e58-a249-178e54cd85b7', botName: 'dashboardtest' };
const ADMIN = { roleId: '5cd4081158217217cccabb7e', roleName: 'admin' };
const TASKS = [
  { botId: SAMPLE_BOT.botId, dialogs: ['dg-1'], actions: [], alerts: [], knowledgeTask: ['kt-1'] },
];
const ROLES_WITH_SOURCES = {
  btRoles: [
    { ...SAMPLE_ROLE, groups: [], ...SAMPLE_BOT },
    { ...TESTER, groups: ['group1'], ...TESTER_BOT },
  ],
  adminRoles: [{ ...ADMIN, groups: [] }],
};

describe('a person who exists', () => {
  it('has status and last login, and no sources or tasks, in the current edition', async () => {
    const running = await serveTenant({ tenant: makeSampleTenant('current') });
    expect(await askAbout(running, 'john.doe@example.com')).toStrictEqual([
      {
        canCreateBot: true,
        isDeveloper: true,
        userInfo: { ...IDENTITY, status: 'active', lastLogin: '2023-08-08T05:55:56.698Z' },
        roles: {
          btRoles: [
            { ...SAMPLE_ROLE, ...SAMPLE_BOT },
            { ...TESTER, ...TESTER_BOT },
          ],
          adminRoles: [ADMIN],
        },
        groups: GROUPS,
      },
    ]);
  });

  it('has sources and tasks, and no status or last login, in edition v7', async () => {
    const running = await serveTenant({ tenant: makeSampleTenant('v7') });
    expect(await askAbout(running, 'john.doe@example.com')).toStrictEqual([
      {
        canCreateBot: true,
        isDeveloper: true,
        userInfo: IDENTITY,
        roles: ROLES_WITH_SOURCES,
        assignBotTasks: TASKS,
        groups: GROUPS,
      },
    ]);
  });

  it('has everything in edition xo', async () => {
    const running = await serveTenant({ tenant: makeSampleTenant('xo') });
    expect(await askAbout(running, 'john.doe@example.com')).toStrictEqual([
      {
        canCreateBot: true,
        isDeveloper: true,
        userInfo: { ...IDENTITY, status: 'active', lastLogin: '2023-08-08T05:55:56.698Z' },
        roles: ROLES_WITH_SOURCES,
        assignBotTasks: TASKS,
        groups: GROUPS,
      },
    ]);
  });

  it('is found whatever the letter case asked, and answered in the spelling the platform keeps', async () => {
    const tenant = new Tenant();
    tenant.addPerson({ email: 'Ann.Smith@example.com' });
    const running = await serveTenant({ tenant });
    expect(await askAbout(running, 'ANN.SMITH@EXAMPLE.COM')).toMatchObject([
      { userInfo: { emailId: 'Ann.Smith@example.com' } },
    ]);
  });

  it('shows a null last login where there was none', async () => {
    const tenant = new Tenant();
    tenant.addPerson({ email: 'ann@example.com' });
    const running = await serveTenant({ tenant });
    expect(await askAbout(running, 'ann@example.com')).toMatchObject([{ userInfo: { lastLogin: null } }]);
  });

  it('is answered with the new names after a rename', async () => {
    const tenant = makeSampleTenant('xo');
    const running = await serveTenant({ tenant });
    await askAbout(running, 'john.doe@example.com');
    for (const subject of [...tenant.bots, ...tenant.roles, ...tenant.groups]) {
      tenant.rename(subject, `new ${subject.name}`);
    }
    expect(await askAbout(running, 'john.doe@example.com')).toMatchObject([
      {
        roles: {
          btRoles: [
            { roleName: 'new sample bot role 2', botName: 'new bot6ent' },
            { roleName: 'new Bot Tester', botName: 'new dashboardtest', groups: ['new group1'] },
          ],
          adminRoles: [{ roleName: 'new admin' }],
        },
        groups: [{ groupName: 'new group1' }],
      },
    ]);
  });
});

describe('a role held directly and through groups', () => {
  function makeDoubleHolder(repeatsRoles: boolean): Tenant {
    const tenant = new Tenant({ edition: 'xo', repeatsRoles });
    tenant.addPerson({ email: 'ann@example.com' });
    tenant.grant('ann@example.com', 'Bot Tester', 'Payroll');
    for (const group of ['Red', 'Blue']) {
      tenant.grantToGroup(group, 'Bot Tester', 'Payroll');
      tenant.joinGroup('ann@example.com', group);
    }
    return tenant;
  }

  it('is one item that names the groups', async () => {
    const running = await serveTenant({ tenant: makeDoubleHolder(false) });
    expect(await askAbout(running, 'ann@example.com')).toMatchObject([
      { roles: { btRoles: [{ groups: ['Red', 'Blue'] }] } },
    ]);
  });

  it('is two items where the account repeats roles', async () => {
    const running = await serveTenant({ tenant: makeDoubleHolder(true) });
    expect(await askAbout(running, 'ann@example.com')).toMatchObject([
      { roles: { btRoles: [{ groups: [] }, { groups: ['Red', 'Blue'] }] } },
    ]);
  });
});

describe('an entry that leads to nobody', () => {
  it('is a slim failure inside a 200 in the current edition', async () => {
    const running = await serveTenant({ tenant: new Tenant({ edition: 'current' }) });
    expect(await askAbout(running, 'a3q4')).toStrictEqual([
      {
        userInfo: {
          emailId: 'a3q4',
          status: 'failure',
          reason: { errors: [{ msg: NOT_FOUND, code: 400 }] },
        },
      },
    ]);
  });

  it('is a full BadRequest inside a 200 in edition xo', async () => {
    const running = await serveTenant({ tenant: new Tenant({ edition: 'xo' }) });
    expect(await askAbout(running, 'a3q4')).toStrictEqual([
      {
        userInfo: {
          emailId: 'a3q4',
          status: 'failure',
          reason: {
            statusCode: 400,
            status: 400,
            customCode: 400,
            errors: [{ msg: NOT_FOUND, code: 400 }],
            _headers: {},
            message: NOT_FOUND,
            name: 'BadRequest',
          },
        },
      },
    ]);
  });

  it('is a bare object in edition v7 where it was asked alone', async () => {
    const running = await serveTenant({ tenant: new Tenant({ edition: 'v7' }) });
    expect(await askAbout(running, 'test@test.com')).toStrictEqual({
      userInfo: { emailId: 'test@test.com', status: 'failure', reason: 'Invalid emailId' },
    });
  });

  it('stands beside the successes in edition v7 where others were asked too', async () => {
    const running = await serveTenant({ tenant: makeSampleTenant('v7') });
    expect(await askAbout(running, 'john.doe@example.com', 'Test@test.com')).toMatchObject([
      { userInfo: { userId: IDENTITY.userId } },
      { userInfo: { emailId: 'Test@test.com', status: 'failure', reason: 'Invalid emailId' } },
    ]);
  });

  it('is what a removed person becomes', async () => {
    const tenant = makeSampleTenant('current');
    tenant.remove('john.doe@example.com');
    const running = await serveTenant({ tenant });
    expect(await askAbout(running, 'john.doe@example.com')).toMatchObject([
      { userInfo: { status: 'failure' } },
    ]);
  });
});

describe('org user ids', () => {
  it.each(['v7', 'xo'] as const)('lead to people in edition %s, without being echoed', async (edition) => {
    const tenant = new Tenant({ edition });
    tenant.addPerson({ email: 'ann@example.com', orgUserId: 'E-1' });
    const running = await serveTenant({ tenant });
    const { text } = await postUsersInfo(running, JSON.stringify({ orgUserIds: ['E-1'] }));
    expect(JSON.parse(text)).toMatchObject([{ userInfo: { emailId: 'ann@example.com' } }]);
    expect(text).not.toContain('E-1');
  });

  it('that lead to nobody are not echoed either', async () => {
    const running = await serveTenant({ tenant: new Tenant({ edition: 'v7' }) });
    const { json } = await postUsersInfo(running, JSON.stringify({ orgUserIds: ['E-1'] }));
    expect(json).toStrictEqual({ userInfo: { status: 'failure', reason: 'Invalid emailId' } });
  });

  it('are wrong arguments in the current edition', async () => {
    const running = await serveTenant();
    const { status } = await postUsersInfo(running, JSON.stringify({ orgUserIds: ['E-1'] }));
    expect(status).toBe(412);
  });
});

describe('the status filter', () => {
  async function askWithFilter(filter?: string): Promise<unknown> {
    const tenant = new Tenant();
    for (const status of ['active', 'Not Active', 'Suspended', 'Locked']) {
      tenant.addPerson({ email: `${status.replace(' ', '-')}@example.com`, status });
    }
    const running = await serveTenant({ tenant, shuffles: false });
    const emailIds = [...tenant.roster(), 'nobody@example.com'];
    const { json } = await postUsersInfo(running, JSON.stringify({ emailIds, status: filter }));
    return json;
  }
  const failure = { userInfo: { status: 'failure' } };

  it('leaves out everybody else when it says active', async () => {
    expect(await askWithFilter('active')).toMatchObject([{ userInfo: { status: 'active' } }, failure]);
  });

  it('leaves out the active when it says not active', async () => {
    expect(await askWithFilter('not active')).toMatchObject([
      { userInfo: { status: 'Not Active' } },
      { userInfo: { status: 'Suspended' } },
      { userInfo: { status: 'Locked' } },
      failure,
    ]);
  });

  it.each(['all', undefined])('leaves out nobody when it says %s', async (filter) => {
    expect(await askWithFilter(filter)).toHaveLength(5);
  });
});

describe('a body that is not a request', () => {
  it.each([
    '',
    'not json',
    '[]',
    'null',
    '{}',
    '{"emailIds":[]}',
    '{"emailIds":"ann@example.com"}',
    '{"emailIds":[1]}',
    '{"emailIds":["ann@example.com"],"status":"asleep"}',
  ])('is refused: %s', async (body) => {
    const running = await serveTenant();
    expect(await postUsersInfo(running, body)).toMatchObject({ status: 412, json: WRONG_ARGUMENTS });
  });
});

it('an answer comes in another order than asked, and in the same one each time', async () => {
  const tenant = new Tenant();
  const emailIds = Array.from({ length: 20 }, (_none, number) => `person${number}@example.com`);
  for (const email of emailIds) tenant.addPerson({ email });
  const running = await serveTenant({ tenant });
  const body = JSON.stringify({ emailIds });
  const first = await postUsersInfo(running, body);
  const second = await postUsersInfo(running, body);
  const asked = await askAbout(running, ...emailIds);
  expect(second.text).toBe(first.text);
  expect(first.json).not.toEqual(asked);
  expect(listItems(first.json)).toHaveLength(20);
  expect(first.json).toEqual(expect.arrayContaining(listItems(asked)));
});

it('an entry asked twice is answered twice', async () => {
  const tenant = makeSampleTenant('xo');
  const running = await serveTenant({ tenant });
  expect(await askAbout(running, 'john.doe@example.com', 'John.Doe@example.com')).toHaveLength(2);
});
