import path from 'node:path';
import { rm } from 'node:fs/promises';
import { expect, inject } from 'vitest';
import { openApp } from '../../src/app.ts';
import { parseSyncConfig } from '../../src/config/config.ts';
import { writeRosterFile } from '../../src/simulator/roster.ts';
import { startTenant, type RunningTenant } from '../../src/simulator/server.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import type { RunSummary } from '../../src/store/runs.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { runNight } from '../support/night.ts';
import { copyDatabase, createMigratedDatabase, useDatabase, type TestDatabase } from '../support/postgres.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { IMPATIENT } from './impatient.ts';

export type Engine = 'postgres' | 'redis';

/** Where a process finds what it needs: the real servers, or somebody who stands before them. */
export interface Ports {
  readonly postgres?: number;
  readonly redis?: number;
}

export interface Scene {
  readonly tenant: Tenant;
  readonly server: RunningTenant;
  /** The database, on the evening before the second night. */
  readonly prepared: Pick<TestDatabase, 'url' | 'query'>;
  /** A copy of it, an installation of its own. */
  takeEvening(): Promise<TestDatabase>;
  envOf(database: Pick<TestDatabase, 'url'>, ports?: Ports): Record<string, string>;
  close(): Promise<void>;
}

/** One role of each kind, groups, tasks, somebody nobody knows: small, with something of everything. */
function makeTenant(): Tenant {
  const tenant = new Tenant({ edition: 'xo' });
  for (const name of ['ann', 'bob', 'cid', 'dee', 'eve', 'gus', 'hal']) {
    tenant.addPerson({ email: `${name}@example.com`, userId: `u-${name}`, firstName: name, lastName: 'Doe' });
    tenant.grant(`${name}@example.com`, 'Tester', 'Leave');
    tenant.joinGroup(`${name}@example.com`, 'All');
  }
  for (const name of ['gus', 'hal']) tenant.grant(`${name}@example.com`, 'Admin');
  tenant.addStranger('nobody@example.com');
  return tenant;
}

/** Something of everything happens before the second night. */
function letADayPass(tenant: Tenant): void {
  tenant.setStatus('ann@example.com', 'Locked');
  tenant.remove('bob@example.com');
  tenant.grant('cid@example.com', 'Admin');
  tenant.changeEmail('dee@example.com', 'dee.roe@example.com');
  tenant.joinGroup('eve@example.com', 'Ops');
  tenant.revoke('gus@example.com', 'Admin');
  tenant.addPerson({ email: 'fay@example.com', userId: 'u-fay' });
  tenant.grant('fay@example.com', 'Tester', 'Leave');
}

/** Servers of a scene's own, for what cannot be done to those of the test run. */
export interface Servers {
  readonly postgresUrl?: string;
  readonly redisUrl?: string;
}

export interface SceneOptions {
  readonly servers?: Servers;
  /** More than one as in a long night, of which one job asks about several batches. */
  readonly batchesPerJob?: number;
}

/** The first night is published, a day has passed, and nobody is at work. */
export async function prepareScene(
  engine: Engine,
  { servers = {}, batchesPerJob = 1 }: SceneOptions = {},
): Promise<Scene> {
  const tenant = makeTenant();
  const server = await startTenant({ tenant });
  const folder = await makeTemporaryFolder();
  const roster = path.join(folder, 'roster.txt');
  const { postgresUrl, redisUrl = inject('redisUrl') ?? '' } = servers;
  const created = postgresUrl === undefined ? await createMigratedDatabase() : null;
  const prepared = created ?? useDatabase(postgresUrl ?? '');
  const envOf: Scene['envOf'] = (database, ports = {}) => ({
    KORE_HOST: server.url,
    KORE_CLIENT_ID: server.clientId,
    KORE_CLIENT_SECRET: server.clientSecret,
    ROSTER: roster,
    DATABASE_URL: impatient(at(database.url, ports.postgres)),
    REDIS_URL: engine === 'redis' ? at(redisUrl, ports.redis) : '',
    // Never reached, and counted all the same.
    RATE_PER_MINUTE: '1000',
    RATE_PER_HOUR: '0',
    BATCH_SIZE: '3',
    CONCURRENCY: '2',
    LOG_LEVEL: 'silent',
    ...LOOSE_GUARD,
  });
  await writeRosterFile(roster, tenant.roster());
  expect(await runToItsEnd(envOf(prepared))).toMatchObject({ status: 'published', baseline: true });
  await prepared.query(`
    CREATE FUNCTION choose_stretch() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN NEW.batches_per_job := ${batchesPerJob}; RETURN NEW; END';
    CREATE TRIGGER choose_stretch BEFORE UPDATE OF batches_per_job ON runs
       FOR EACH ROW EXECUTE FUNCTION choose_stretch()`);
  letADayPass(tenant);
  // The old address of a person who has a new one is still on it, and so is who left.
  await writeRosterFile(roster, tenant.roster());
  return {
    tenant,
    server,
    prepared,
    envOf,
    async takeEvening() {
      const evening = await copyDatabase(prepared.url);
      // The queue's keys in Redis bear it.
      await evening.query('UPDATE account SET installation_id = gen_random_uuid()');
      return evening;
    },
    async close() {
      await server.close();
      await created?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Who stands still inside a transaction is given up for dead as soon as in the queue. */
function impatient(url: string): string {
  const other = new URL(url);
  other.searchParams.set('idle_in_transaction_session_timeout', '1000');
  return other.href;
}

function at(url: string, port: number | undefined): string {
  if (port === undefined) return url;
  const other = new URL(url);
  other.hostname = '127.0.0.1';
  other.port = String(port);
  return other.href;
}

/** What the next command does: goes on with the run that is open, or begins one, and reports how it ended. */
export async function runToItsEnd(env: Readonly<Record<string, string>>): Promise<RunSummary> {
  const app = await openApp(parseSyncConfig(env, { cwd: process.cwd(), isRoot: false }), IMPATIENT);
  try {
    return await runNight(app);
  } finally {
    await app.close();
  }
}
