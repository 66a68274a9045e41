import { describe, expect, it } from 'vitest';
import { NO_CHURN, USUAL_CHURN } from '../../src/simulator/churn-rates.ts';
import type { Grant } from '../../src/simulator/model.ts';
import type { NightEvent, PersonEvent, RenameEvent } from '../../src/simulator/night-event.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import type {
  GroupMembershipRow,
  RoleGrantRow,
  TaskAssignmentRow,
  Truth,
  UserRow,
} from '../../src/simulator/truth.ts';

interface Rows {
  users: UserRow[];
  roleGrants: RoleGrantRow[];
  groupMemberships: GroupMembershipRow[];
  taskAssignments: TaskAssignmentRow[];
}

interface Owned {
  user_id: string;
  email: string;
}

function readRows(truth: Truth): Rows {
  return {
    users: [...truth.users],
    roleGrants: [...truth.roleGrants],
    groupMemberships: [...truth.groupMemberships],
    taskAssignments: [...truth.taskAssignments],
  };
}

function sortRows(rows: Rows): Record<keyof Rows, string[]> {
  const sort = (list: readonly object[]): string[] => list.map((row) => JSON.stringify(row)).sort();
  return {
    users: sort(rows.users),
    roleGrants: sort(rows.roleGrants),
    groupMemberships: sort(rows.groupMemberships),
    taskAssignments: sort(rows.taskAssignments),
  };
}

/** What one event does to the rows of one person; a second telling of what the tenant does to its state. */
function applyPersonEvent(rows: Rows, event: PersonEvent, later: Rows): void {
  const isTheirs = ({ user_id }: Owned): boolean => user_id === event.userId;
  const user = rows.users.find(isTheirs);
  if (event.what === 'joined' || event.what === 'returned') {
    rows.users.push(...later.users.filter(isTheirs));
    rows.roleGrants.push(...later.roleGrants.filter(isTheirs));
    rows.groupMemberships.push(...later.groupMemberships.filter(isTheirs));
    rows.taskAssignments.push(...later.taskAssignments.filter(isTheirs));
  } else if (event.what === 'left') {
    rows.users = rows.users.filter((row) => !isTheirs(row));
    rows.roleGrants = rows.roleGrants.filter((row) => !isTheirs(row));
    rows.groupMemberships = rows.groupMemberships.filter((row) => !isTheirs(row));
    rows.taskAssignments = rows.taskAssignments.filter((row) => !isTheirs(row));
  } else if (user !== undefined) {
    // Where no roster has named them yet, the directory does not know them and nothing is to change.
    applyToUser(rows, user, event);
    applyToHoldings(rows, user, event);
  }
}

function applyToUser(rows: Rows, user: UserRow, event: PersonEvent): void {
  if (event.what === 'roster entry dropped') user.in_roster = false;
  if (event.what === 'status set') user.status = event.to;
  if (event.what === 'name set') {
    user.first_name = event.to.firstName.trim();
    user.last_name = event.to.lastName.trim();
  }
  if (event.what === 'rights set') {
    user.is_developer = event.isDeveloper;
    user.can_create_bot = event.canCreateBot;
  }
  if (event.what === 'address set') {
    const owned: Owned[] = [
      ...rows.users,
      ...rows.roleGrants,
      ...rows.groupMemberships,
      ...rows.taskAssignments,
    ];
    for (const row of owned) if (row.user_id === user.user_id) row.email = event.to.toLowerCase();
  }
}

function applyToHoldings(rows: Rows, { user_id, email }: Owned, event: PersonEvent): void {
  const owner = { user_id, email };
  if (event.what === 'role given') changeSources(rows, owner, event.grant, (row) => (row.direct = true));
  if (event.what === 'role taken') changeSources(rows, owner, event.grant, (row) => (row.direct = false));
  if (event.what === 'group entered') {
    const { id, name, grants } = event.group;
    rows.groupMemberships.push({ ...owner, group_id: id, group_name: name });
    for (const grant of grants) changeSources(rows, owner, grant, ({ via_groups }) => via_groups?.push(name));
  }
  if (event.what === 'group exited') {
    const { id, name, grants } = event.group;
    const isLeft = (row: GroupMembershipRow): boolean => row.user_id === user_id && row.group_id === id;
    rows.groupMemberships = rows.groupMemberships.filter((row) => !isLeft(row));
    for (const grant of grants) {
      changeSources(rows, owner, grant, (row) => {
        row.via_groups = row.via_groups?.filter((via) => via !== name) ?? null;
      });
    }
  }
  if (event.what === 'task given') {
    const { bot, kind, id } = event.task;
    rows.taskAssignments.push({ ...owner, bot_id: bot.id, task_kind: kind, task_id: id });
  }
  if (event.what === 'task taken') {
    const { id } = event.task;
    rows.taskAssignments = rows.taskAssignments.filter(
      (row) => row.user_id !== user_id || row.task_id !== id,
    );
  }
}

function changeSources(
  rows: Rows,
  owner: Owned,
  { role, bot }: Grant,
  change: (row: RoleGrantRow) => void,
): void {
  let row = rows.roleGrants.find(
    (held) => held.user_id === owner.user_id && held.role_id === role.id && held.bot_id === (bot?.id ?? null),
  );
  if (row === undefined) {
    row = {
      ...owner,
      scope: role.scope,
      role_id: role.id,
      role_name: role.name,
      bot_id: bot?.id ?? null,
      bot_name: bot?.name ?? null,
      direct: false,
      via_groups: [],
    };
    rows.roleGrants.push(row);
  }
  change(row);
  const isHeld = row.direct === true || (row.via_groups ?? []).length > 0;
  if (!isHeld) rows.roleGrants = rows.roleGrants.filter((held) => held !== row);
}

function applyRename(rows: Rows, { what, id, from, to }: RenameEvent): void {
  for (const row of rows.roleGrants) {
    if (what === 'role renamed' && row.role_id === id) row.role_name = to;
    if (what === 'bot renamed' && row.bot_id === id) row.bot_name = to;
    if (what === 'group renamed') {
      row.via_groups = row.via_groups?.map((name) => (name === from ? to : name)) ?? null;
    }
  }
  for (const row of rows.groupMemberships) {
    if (what === 'group renamed' && row.group_id === id) row.group_name = to;
  }
}

function applyEvents(rows: Rows, events: readonly NightEvent[], later: Rows): Rows {
  // Renames come last in a night and the log shows things by their present names, so they are applied first.
  for (const event of events) if ('id' in event) applyRename(rows, event);
  for (const event of events) if ('userId' in event) applyPersonEvent(rows, event, later);
  for (const row of rows.roleGrants) row.via_groups?.sort();
  return rows;
}

describe('a night', () => {
  it('changes the truth as its log says, night after night', () => {
    const tenant = populateTenant({ seed: 'churn', people: 3000, edition: 'xo', repeatsRoles: true });
    let rows = readRows(tenant.truth());
    for (const night of [2, 3]) {
      const known = rows.users.map(({ email }) => email);
      const events = tenant.advanceNight({ loginsMove: 0 });
      expect(tenant.night).toBe(night);
      const later = readRows(tenant.truth({ known }));
      rows = applyEvents(rows, events, later);
      expect(sortRows(rows)).toEqual(sortRows(later));
    }
  });

  it('holds every kind of event, and nobody is named twice', () => {
    const tenant = populateTenant({ people: 3000 });
    tenant.advanceNight();
    const events = tenant.advanceNight();
    const named = events.flatMap((event) => ('userId' in event ? [event.userId] : []));
    expect(new Set(named).size).toBe(named.length);
    expect([...new Set(events.map(({ what }) => what))].sort()).toMatchInlineSnapshot(`
      [
        "address set",
        "bot renamed",
        "group entered",
        "group exited",
        "group renamed",
        "joined",
        "left",
        "logins moved",
        "name set",
        "returned",
        "rights set",
        "role given",
        "role renamed",
        "role taken",
        "roster entry dropped",
        "status set",
        "task given",
        "task taken",
      ]
    `);
  });

  it('without churn and logins leaves everything as it was', () => {
    const tenant = populateTenant({ people: 500, edition: 'xo' });
    const before = sortRows(readRows(tenant.truth()));
    expect(tenant.advanceNight({ churn: NO_CHURN, loginsMove: 0 })).toEqual([]);
    expect(sortRows(readRows(tenant.truth()))).toEqual(before);
    expect(tenant.night).toBe(2);
  });

  it('with logins alone moves nothing but last logins', () => {
    const tenant = populateTenant({ people: 500, edition: 'xo' });
    const before = readRows(tenant.truth());
    const events = tenant.advanceNight({ churn: NO_CHURN, loginsMove: 0.5 });
    const after = readRows(tenant.truth());
    const moved = after.users.filter((user, index) => user.last_login !== before.users[index]?.last_login);
    expect(events).toEqual([{ what: 'logins moved', people: moved.length }]);
    expect(moved.length).toBeGreaterThan(150);
    const hideLogins = (rows: Rows): Rows => ({
      ...rows,
      users: rows.users.map((user) => ({ ...user, last_login: null })),
    });
    expect(hideLogins(after)).toEqual(hideLogins(before));
  });

  it('has as many events as its rates ask for', () => {
    const tenant = populateTenant({ people: 1000 });
    const events = tenant.advanceNight({
      churn: { ...NO_CHURN, leaves: 0.02, adminGrants: 3 },
      loginsMove: 0,
    });
    expect(events.filter(({ what }) => what === 'left')).toHaveLength(20);
    expect(events.filter(({ what }) => what === 'role given')).toHaveLength(3);
    expect(events).toHaveLength(23);
    expect(tenant.people).toHaveLength(980);
  });

  it('asks nothing of a tenant that has nothing', () => {
    const rates = Object.fromEntries(Object.keys(USUAL_CHURN).map((rate) => [rate, 1]));
    const empty = new Tenant().advanceNight({ churn: { ...rates, joins: 0 }, loginsMove: 1 });
    expect(empty).toEqual([{ what: 'logins moved', people: 0 }]);
  });

  it('is the same for the same seed, and another for another', () => {
    const live = (seed: string): unknown[] => {
      const tenant = populateTenant({ seed, people: 300 });
      const events = [1, 2, 3].flatMap(() => tenant.advanceNight());
      return [JSON.stringify(events), sortRows(readRows(tenant.truth()))];
    };
    const once = live('one');
    expect(live('one')).toEqual(once);
    expect(live('two')).not.toEqual(once);
  });
});
