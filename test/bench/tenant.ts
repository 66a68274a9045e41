import path from 'node:path';
import type { RollingLimit } from '../../src/simulator/limits.ts';
import type { Bench } from './bench.ts';
import { startChild } from './child.ts';
import type { Night } from './nights.ts';
import {
  callsSchema,
  openedSchema,
  truthSchema,
  type Calls,
  type TenantOrder,
  type Truth,
} from './tenant-orders.ts';

/** The account's process, from its parent. */
export interface BenchTenant {
  readonly pid: number;
  readonly account: { readonly host: string; readonly clientId: string; readonly clientSecret: string };
  readonly rosterFile: string;
  /** The user id of one who stays. */
  readonly somebody: string;
  /** Moves the account on to that night and writes its roster; returns what a directory must have afterwards. */
  move(night: Night): Promise<Truth>;
  behave(how: { readonly latencyMs?: number; readonly limits?: readonly RollingLimit[] }): Promise<void>;
  /** Since the last move. */
  tellCalls(): Promise<Calls>;
}

/** Works with an account of so many people; the same number makes the same people, and the same nights. */
export async function withTenant<T>(
  { servers, signal }: Bench,
  people: number,
  work: (tenant: BenchTenant) => Promise<T>,
): Promise<T> {
  const child = startChild('tenant-process.js', signal);
  const ask = (order: TenantOrder): Promise<unknown> => child.ask(order);
  const rosterFile = path.join(servers.folder, 'roster.txt');
  const opened = openedSchema.parse(await ask({ order: 'open', people, rosterFile }));
  try {
    return await work({
      pid: child.pid,
      rosterFile,
      ...opened,
      move: async (night) => truthSchema.parse(await ask({ order: 'move', night })),
      behave: async ({ latencyMs = 0, limits = [] }) => {
        await ask({ order: 'behave', latencyMs, limits: [...limits] });
      },
      tellCalls: async () => callsSchema.parse(await ask({ order: 'tell calls' })),
    });
  } finally {
    await child.end();
  }
}
