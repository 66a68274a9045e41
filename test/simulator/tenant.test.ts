import { describe, expect, it } from 'vitest';
import { Tenant } from '../../src/simulator/tenant.ts';

const ANN = 'ann@example.com';

function makeTenant(): Tenant {
  const tenant = new Tenant({ edition: 'xo' });
  tenant.addPerson({ email: ANN, userId: 'u-ann' });
  tenant.addPerson({ email: 'bob@example.com', userId: 'u-bob' });
  return tenant;
}

function listGrants(tenant: Tenant): (string | null)[][] {
  return [...tenant.truth().roleGrants].map((row) => [row.email, row.role_name, row.bot_name]);
}

describe('a tenant made by hand', () => {
  it('makes what is named and missing, and finds it again', () => {
    const tenant = makeTenant();
    tenant.grant(ANN, 'Bot Tester', 'Payroll');
    tenant.grant('u-bob', 'Bot Tester', 'Payroll');
    tenant.grant(tenant.person('u-bob'), 'Bot Tester');
    expect(listGrants(tenant)).toEqual([
      [ANN, 'Bot Tester', 'Payroll'],
      ['bob@example.com', 'Bot Tester', 'Payroll'],
      ['bob@example.com', 'Bot Tester', null],
    ]);
    expect(tenant.bots).toHaveLength(1);
    expect(tenant.roles.map(({ scope }) => scope)).toEqual(['bot', 'admin']);
  });

  it('gives back what it took: roles, groups and tasks', () => {
    const tenant = makeTenant();
    const before = [...tenant.truth().users];
    tenant.grant(ANN, 'Bot Tester', 'Payroll');
    tenant.joinGroup(ANN, 'Red');
    tenant.grantToGroup('Red', 'admin');
    tenant.assignTask(ANN, 'Payroll', 'alert', 'al-1');
    expect(listGrants(tenant)).toHaveLength(2);
    expect([...tenant.truth().groupMemberships]).toHaveLength(1);
    expect([...tenant.truth().taskAssignments]).toHaveLength(1);
    tenant.revoke(ANN, 'Bot Tester', 'Payroll');
    tenant.revokeFromGroup('Red', 'admin');
    tenant.leaveGroup(ANN, 'Red');
    tenant.unassignTask(ANN, 'Payroll', 'alert', 'al-1');
    expect(listGrants(tenant)).toEqual([]);
    expect([...tenant.truth().groupMemberships]).toEqual([]);
    expect([...tenant.truth().taskAssignments]).toEqual([]);
    expect([...tenant.truth().users]).toEqual(before);
  });

  it('keeps a role that also comes through a group when the direct one is revoked', () => {
    const tenant = makeTenant();
    tenant.grant(ANN, 'Bot Tester', 'Payroll');
    tenant.joinGroup(ANN, 'Red');
    tenant.grantToGroup('Red', 'Bot Tester', 'Payroll');
    tenant.revoke(ANN, 'Bot Tester', 'Payroll');
    expect([...tenant.truth().roleGrants]).toMatchObject([{ direct: false, via_groups: ['Red'] }]);
  });

  it('brings somebody back under the same user id with what they held', () => {
    const tenant = makeTenant();
    tenant.grant(ANN, 'Bot Tester', 'Payroll');
    const before = [...tenant.truth().roleGrants];
    const ann = tenant.remove(ANN);
    expect(tenant.findByEmail(ANN)).toBeUndefined();
    expect([...tenant.roster()]).toContain(ANN);
    tenant.restore(ann);
    expect([...tenant.truth().roleGrants]).toEqual(before);
    expect(tenant.departed).toEqual([]);
    expect([...tenant.roster()].sort()).toEqual([ANN, 'bob@example.com']);
  });

  it('lets a removed person leave the roster as well', () => {
    const tenant = makeTenant();
    tenant.remove(ANN, { staysOnRoster: false });
    expect([...tenant.roster()]).toEqual(['bob@example.com']);
  });

  it('lets two people swap addresses', () => {
    const tenant = makeTenant();
    tenant.changeEmail('u-ann', 'parked@example.com');
    tenant.changeEmail('u-bob', ANN);
    tenant.changeEmail('u-ann', 'bob@example.com');
    expect([...tenant.truth().users].map(({ user_id, email }) => [user_id, email])).toEqual([
      ['u-ann', 'bob@example.com'],
      ['u-bob', ANN],
    ]);
  });

  it('lets an address change in letter case alone', () => {
    const tenant = makeTenant();
    tenant.changeEmail(ANN, 'Ann@Example.com');
    expect(tenant.person(ANN).email).toBe('Ann@Example.com');
  });

  it.each<[string, (tenant: Tenant) => unknown, string]>([
    ['a taken address', (tenant) => tenant.addPerson({ email: 'ANN@example.com' }), 'is taken'],
    ['a taken user id', (tenant) => tenant.addPerson({ email: 'x@y.z', userId: 'u-ann' }), 'is taken'],
    ['a move to a taken address', (tenant) => tenant.changeEmail(ANN, 'bob@example.com'), 'is taken'],
    ['a stranger', (tenant) => tenant.remove('nobody@example.com'), 'has no person'],
    ['somebody removed', (tenant) => tenant.setStatus(tenant.remove(ANN), 'Locked'), 'has no person'],
    ['a revoke of what is not held', (tenant) => tenant.revoke(ANN, 'admin'), 'not held directly'],
    ['leaving a group not joined', (tenant) => tenant.leaveGroup(ANN, 'Red'), 'not joined'],
    ['a task not assigned', (tenant) => tenant.unassignTask(ANN, 'Bot', 'dialog', 'x'), 'not assigned'],
    ['an admin role on a bot', (tenant) => tenant.grantOf(tenant.addRole('admin', 'a'), 'Bot'), 'admin role'],
    ['a time that is none', (tenant) => tenant.setLastLogin(ANN, 'yesterday'), 'not an instant'],
    [
      'a thing of another tenant',
      (tenant) => tenant.rename(new Tenant().addBot('x'), 'y'),
      'not of this tenant',
    ],
  ])('refuses %s', (_title, act, message) => {
    const tenant = makeTenant();
    expect(() => act(tenant)).toThrow(message);
  });

  it('refuses to grant, join or assign twice', () => {
    const tenant = makeTenant();
    const acts = [
      () => tenant.grant(ANN, 'admin'),
      () => tenant.joinGroup(ANN, 'Red'),
      () => tenant.grantToGroup('Red', 'admin'),
      () => tenant.assignTask(ANN, 'Payroll', 'dialog', 'dg-1'),
    ];
    for (const act of acts) act();
    for (const act of acts) expect(act).toThrow('already');
  });
});
