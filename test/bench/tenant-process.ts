import { writeRosterFile } from '../../src/simulator/roster.ts';
import { startTenant, type RunningTenant } from '../../src/simulator/server.ts';
import { populateUniformTenant } from '../../src/simulator/uniform-population.ts';
import { serveParent } from './child.ts';
import { DAYS, type Night } from './nights.ts';
import { tenantOrderSchema, type Calls, type TenantOrder, type Truth } from './tenant-orders.ts';

/** The account in a process of its own: it moves on between nights, and knows what a directory should say of it. */
class TenantProcess {
  readonly #server: RunningTenant;
  readonly #rosterFile: string;
  /** How much of the call log belongs to earlier nights. */
  #before = { arrivals: 0, answers: 0, refused: 0 };

  constructor(server: RunningTenant, rosterFile: string) {
    this.#server = server;
    this.#rosterFile = rosterFile;
  }

  async answer(order: Exclude<TenantOrder, { order: 'open' }>): Promise<object> {
    switch (order.order) {
      case 'move':
        return this.#move(order.night);
      case 'behave':
        Object.assign(this.#server.behaviour, { latencyMs: order.latencyMs, limits: order.limits });
        return {};
      case 'tell calls':
        return this.#tellCalls();
    }
  }

  async #move(night: Night): Promise<Truth> {
    const { tenant, calls } = this.#server;
    const day = DAYS[night];
    if (day !== null) tenant.advanceNight(day);
    await writeRosterFile(this.#rosterFile, tenant.roster());
    const { arrivals, answers, refused } = calls;
    this.#before = { arrivals: arrivals.length, answers: answers.length, refused };
    const { users, roleGrants, groupMemberships } = tenant.truth();
    return {
      users: count(users),
      role_grants: count(roleGrants),
      group_memberships: count(groupMemberships),
    };
  }

  #tellCalls(): Calls {
    const { arrivals, answers, refused } = this.#server.calls;
    return {
      arrivals: arrivals.slice(this.#before.arrivals),
      answers: answers.slice(this.#before.answers),
      refused: refused - this.#before.refused,
    };
  }
}

function count(rows: Iterable<unknown>): number {
  let counted = 0;
  for (const rest = rows[Symbol.iterator](); rest.next().done !== true;) counted += 1;
  return counted;
}

let running: { readonly server: RunningTenant; readonly process: TenantProcess } | undefined;
await serveParent(async (message) => {
  const order = tenantOrderSchema.parse(message);
  if (order.order !== 'open') {
    if (running === undefined) throw new Error(`'${order.order}' before 'open'`);
    return running.process.answer(order);
  }
  // The edition that says the most, so that everybody writes the most.
  const tenant = populateUniformTenant({ people: order.people, edition: 'xo' });
  const server = await startTenant({ tenant });
  running = { server, process: new TenantProcess(server, order.rosterFile) };
  const { url: host, clientId, clientSecret } = server;
  return { account: { host, clientId, clientSecret }, somebody: tenant.people[0]?.userId ?? '' };
});
await running?.server.close();
