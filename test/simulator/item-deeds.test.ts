import { describe, expect, it } from 'vitest';
import type { Edition } from '../../src/simulator/editions.ts';
import type { ItemDeed } from '../../src/simulator/item-deeds.ts';
import type { RunningTenant } from '../../src/simulator/server.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import {
  askAbout,
  askUsersInfo,
  listItems,
  listUserRoles,
  mintToken,
  postUsersInfo,
  serveTenant,
} from './tenant-client.ts';

const ANN = 'ann@example.com';
const EVE = 'Eve@example.com';
const NOBODY = 'nobody@example.com';
const ANN_ITEM = { userInfo: { emailId: ANN, userId: 'u-ann', status: 'active' } };
const EVE_ITEM = { userInfo: { emailId: EVE, userId: 'u-eve', status: 'active' } };
const NOBODY_ITEM = { userInfo: { emailId: NOBODY, status: 'failure' } };

function makeTenant(edition: Edition = 'xo'): Tenant {
  const tenant = new Tenant({ edition });
  for (const [email, userId] of [
    [ANN, 'u-ann'],
    [EVE, 'u-eve'],
  ] as const) {
    tenant.addPerson({ email, userId, orgUserId: `org-${userId}` });
    tenant.grant(userId, 'Bot Tester', 'Payroll');
    tenant.grant(userId, 'Bot Tester', 'Travel');
  }
  return tenant;
}

/** Does it to what is said of Eve. */
async function serveWith(does: ItemDeed, tenant = makeTenant()): Promise<RunningTenant> {
  const running = await serveTenant({ tenant });
  running.faults.add({ on: { entries: [EVE.toLowerCase()] }, does });
  return running;
}

describe('a deed to the items about somebody', () => {
  it.each<[string, ItemDeed, unknown[]]>([
    ['omits them', 'omit', [ANN_ITEM, NOBODY_ITEM]],
    ['says them twice', 'duplicate', [ANN_ITEM, EVE_ITEM, EVE_ITEM, NOBODY_ITEM]],
    [
      'says them again with a difference',
      { duplicate: { 'userInfo.userId': 'u-other' } },
      [ANN_ITEM, EVE_ITEM, { userInfo: { emailId: EVE, userId: 'u-other' } }, NOBODY_ITEM],
    ],
    [
      'spells the address in the other letter case',
      'swap_case',
      [ANN_ITEM, { userInfo: { emailId: 'eVE@EXAMPLE.COM', userId: 'u-eve' } }, NOBODY_ITEM],
    ],
    [
      'makes a failure of them',
      { fail: 'The moon is in the wrong house' },
      [
        ANN_ITEM,
        { userInfo: { emailId: EVE, status: 'failure', reason: 'The moon is in the wrong house' } },
        NOBODY_ITEM,
      ],
    ],
    [
      'puts a failure beside them',
      { fail: { errors: [{ msg: 'boom', code: 500 }] }, beside: true },
      [
        ANN_ITEM,
        EVE_ITEM,
        { userInfo: { emailId: EVE, status: 'failure', reason: { errors: [{ msg: 'boom', code: 500 }] } } },
        NOBODY_ITEM,
      ],
    ],
  ])('%s', async (_title, does, expected) => {
    const running = await serveWith(does);
    expect(await askAbout(running, ANN, EVE, NOBODY)).toMatchObject(expected);
    expect([...(running.faults.list[0]?.entries ?? [])]).toEqual([EVE]);
  });

  it('drops fields, in every element of a list', async () => {
    const running = await serveWith({ drop: ['userInfo.userId', 'roles.btRoles.botId', 'groups'] });
    const [ann, eve] = listItems(await askAbout(running, ANN, EVE));
    expect(ann).toMatchObject({ userInfo: { userId: 'u-ann' }, groups: [] });
    expect(eve).not.toHaveProperty('groups');
    expect(eve).not.toHaveProperty('userInfo.userId');
    expect(eve).toHaveProperty('roles.btRoles.0.botName', 'Payroll');
    expect(eve).not.toHaveProperty('roles.btRoles.0.botId');
    expect(eve).not.toHaveProperty('roles.btRoles.1.botId');
  });

  it('sets fields to null or another type, and adds fields nobody knows', async () => {
    const running = await serveWith({
      set: { isDeveloper: 'yes', 'roles.adminRoles': null, 'userInfo.department': { id: 7 } },
    });
    expect(await askAbout(running, ANN, EVE)).toMatchObject([
      { isDeveloper: true, roles: { adminRoles: [] } },
      {
        isDeveloper: 'yes',
        roles: { adminRoles: null, btRoles: [{}, {}] },
        userInfo: { department: { id: 7 } },
      },
    ]);
  });

  it('shows the token that came with the call where it is to', async () => {
    const running = await serveWith({ fail: 'refused {token}' });
    const token = await mintToken(running);
    const { text } = await postUsersInfo(running, JSON.stringify({ emailIds: [EVE] }), token);
    expect(text).toContain(`refused ${token}`);
  });

  it('reaches those asked for by org user id', async () => {
    const running = await serveTenant({ tenant: makeTenant(), shuffles: false });
    const fault = running.faults.add({ on: { entries: ['org-u-eve'] }, does: 'omit' });
    const { json } = await postUsersInfo(running, JSON.stringify({ orgUserIds: ['org-u-ann', 'org-u-eve'] }));
    expect(json).toMatchObject([ANN_ITEM]);
    expect([...fault.entries]).toEqual(['org-u-eve']);
  });

  it('reaches a failure that names nobody where it is meant for all', async () => {
    const running = await serveTenant({ tenant: makeTenant('v7') });
    running.faults.add({ does: { fail: 'Unknown error' } });
    const { json } = await postUsersInfo(running, JSON.stringify({ orgUserIds: ['org-u-nobody'] }));
    expect(json).toEqual({ userInfo: { status: 'failure', reason: 'Unknown error' } });
  });

  it('reaches no failure that names nobody where it is meant for some', async () => {
    const running = await serveTenant({ tenant: makeTenant('v7'), shuffles: false });
    const fault = running.faults.add({ on: { entries: ['org-u-nobody', 'org-u-eve'] }, does: 'omit' });
    const orgUserIds = ['org-u-nobody', 'org-u-eve', 'org-u-other'];
    const { json } = await postUsersInfo(running, JSON.stringify({ orgUserIds }));
    expect(json).toMatchObject([{ userInfo: { status: 'failure' } }, { userInfo: { status: 'failure' } }]);
    expect([...fault.entries]).toEqual(['org-u-eve']);
  });

  it('reaches the items of a listing, and leaves its total', async () => {
    const running = await serveWith('omit');
    expect((await listUserRoles(running, '')).json).toMatchObject({ total: 2, users: [{ username: ANN }] });
  });
});

describe('a deed to the list', () => {
  it('puts the items into another order', async () => {
    const running = await serveWith('reorder');
    expect(await askAbout(running, ANN, EVE, NOBODY)).toMatchObject([NOBODY_ITEM, EVE_ITEM, ANN_ITEM]);
  });

  it('adds somebody nobody asked for, in the shape of the others', async () => {
    const running = await serveWith('add_stranger');
    const stranger = { emailId: 'stranger@nowhere.example', userId: 'u-stranger', status: 'active' };
    expect(await askAbout(running, EVE)).toMatchObject([
      EVE_ITEM,
      { userInfo: stranger, roles: { btRoles: [{ roleName: 'Bot Tester' }, {}] } },
    ]);
    expect((await listUserRoles(running, '')).json).toMatchObject({
      users: [{}, {}, { username: 'stranger@nowhere.example', userId: 'u-stranger' }],
    });
  });

  it('adds whatever is given', async () => {
    const running = await serveWith({ add: [null, { userInfo: { emailId: ANN } }] });
    expect(await askAbout(running, EVE)).toMatchObject([EVE_ITEM, null, { userInfo: { emailId: ANN } }]);
  });
});

describe('a failure that stands alone, without a list', () => {
  it('stays so when it is altered', async () => {
    const running = await serveTenant({ tenant: makeTenant('v7') });
    running.faults.add({ does: { fail: 'Unknown error' } });
    expect((await askUsersInfo(running, NOBODY)).json).toEqual({
      userInfo: { emailId: NOBODY, status: 'failure', reason: 'Unknown error' },
    });
  });

  it('becomes a list when something comes beside it, and when nothing is left', async () => {
    const running = await serveTenant({ tenant: makeTenant('v7') });
    running.faults.add({ does: 'duplicate' });
    expect((await askUsersInfo(running, NOBODY)).json).toHaveLength(2);
    running.faults.add({ does: 'omit' });
    expect((await askUsersInfo(running, NOBODY)).json).toEqual([]);
  });
});
