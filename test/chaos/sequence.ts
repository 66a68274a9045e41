import fc from 'fast-check';
import path from 'node:path';
import { expect } from 'vitest';
import { openApp, type App } from '../../src/app.ts';
import { parseSyncConfig } from '../../src/config/config.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { writeRosterFile } from '../../src/simulator/roster.ts';
import { startTenant, type RunningTenant } from '../../src/simulator/server.ts';
import type { Tenant } from '../../src/simulator/tenant.ts';
import { loadDueJobs, type DueJob } from '../../src/store/batches.ts';
import { loadRun } from '../../src/store/runs.ts';
import { verifyDatabase } from '../../src/store/verify/verify.ts';
import type { SyncContext } from '../../src/sync/context.ts';
import { approve, reject } from '../../src/sync/decide-run.ts';
import { finishRun } from '../../src/sync/finish-run.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { sweep } from '../../src/sync/sweep.ts';
import { askAbout } from '../support/batches.ts';
import { HEAVY_CHURN } from '../support/churn.ts';
import { LOOSE_GUARD } from '../support/directory.ts';
import { LOST_QUEUE } from '../support/lost-queue.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { readShown, readTruth, type State } from '../support/truth.ts';

const PEOPLE = 14;
const NOTHING: State = { users: [], grants: [], memberships: [], tasks: [] };
const BY = { by: 'somebody@example', reason: null };

/** A run of which is known what it will publish, were it published. */
interface Planned {
  readonly runId: string;
  readonly expected: State;
}

/** The reference: what a reader should see, computed from the account and from nothing the product has written. */
export interface Model {
  shown: State;
  open: Planned | null;
  held: Planned | null;
  nights: number;
  /** What has been played, for the instrument. */
  readonly played: string[];
}

export interface Reality {
  readonly tenant: Tenant;
  readonly server: RunningTenant;
  readonly database: TestDatabase;
  /** The process that happens to be alive. */
  app: App;
  /** The roster follows the account. */
  readonly writeRoster: () => Promise<void>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export async function openReality(): Promise<{ model: Model; real: Reality }> {
  const tenant = populateTenant({ people: PEOPLE, seed: 'sequence', edition: 'xo' });
  const server = await startTenant({ tenant });
  const database = await createMigratedDatabase();
  const folder = await makeTemporaryFolder();
  const roster = path.join(folder, 'roster.txt');
  const writeRoster = () => writeRosterFile(roster, tenant.roster());
  await writeRoster();
  const open = async (): Promise<App> => {
    const env = {
      KORE_HOST: server.url,
      KORE_CLIENT_ID: server.clientId,
      KORE_CLIENT_SECRET: server.clientSecret,
      ROSTER: roster,
      DATABASE_URL: database.url,
      RATE_PER_MINUTE: '0',
      RATE_PER_HOUR: '0',
      BATCH_SIZE: '4',
      LOG_LEVEL: 'silent',
      ...LOOSE_GUARD,
      // Every other night changes more admin roles than this.
      GUARD_MAX_ADMIN_CHANGES: '1',
    };
    return openApp(parseSyncConfig(env, { cwd: folder, isRoot: false }), { random: () => 0 });
  };
  const real: Reality = {
    tenant,
    server,
    database,
    app: await open(),
    writeRoster,
    async reopen() {
      await real.app.close();
      real.app = await open();
    },
    async close() {
      await real.app.close();
      await server.close();
      await database.drop();
    },
  };
  return { model: { shown: NOTHING, open: null, held: null, nights: 0, played: [] }, real };
}

type Play = (model: Model, real: Reality) => Promise<void>;

/** A command of the sequence; afterwards a reader sees what the model says, whatever was played. */
function command(
  name: string,
  check: (model: Readonly<Model>) => boolean,
  play: Play,
): fc.AsyncCommand<Model, Reality> {
  return {
    check,
    async run(model: Model, real: Reality) {
      model.played.push(name);
      await play(model, real);
      await expectShown(model, real);
    },
    toString: () => name,
  };
}

async function expectShown(model: Model, { database }: Reality): Promise<void> {
  expect(await readShown(database)).toEqual(model.shown); // I2
  const open = await database.query(`SELECT FROM runs WHERE status = 'open'`);
  expect(open).toHaveLength(model.open === null ? 0 : 1); // I5
  const published = await database.query(`SELECT FROM runs WHERE status = 'published'`);
  expect(published).toHaveLength(model.nights);
}

function context({ app }: Reality): SyncContext {
  return { ...app.context, queues: LOST_QUEUE };
}

async function tick(model: Model, real: Reality): Promise<void> {
  // A night has the faults of its own time: many together are an account that is down, which is waited out.
  if (model.open === null) real.server.faults.clear();
  const key = `night-${real.tenant.night}-${model.nights}-${model.played.length}`;
  const { runId } = await startRun(context(real), {
    ...real.app.request,
    key,
    trigger: 'manual',
    dryRun: false,
  });
  const known = model.shown.users.flatMap((user) =>
    'email' in user && typeof user.email === 'string' ? [user.email] : [],
  );
  // As if it were a long night: one job asks about one, two or four of its batches.
  await real.database.query('UPDATE runs SET batches_per_job = $2 WHERE id = $1', [
    runId,
    2 ** (model.nights % 3),
  ]);
  model.open ??= { runId, expected: readTruth(real.tenant, known) };
  expect(runId).toBe(model.open.runId);
}

/** What the queue would hold, were it kept. */
function loadJobs({ app }: Reality, runId: string): Promise<readonly DueJob[]> {
  return loadDueJobs(app.context.database, runId, undefined, PEOPLE);
}

async function answer({ open }: Model, real: Reality, which: number, times: number): Promise<void> {
  if (open === null) return;
  const { runId } = open;
  const jobs = await loadJobs(real, runId);
  const job = jobs[which % jobs.length];
  if (job === undefined) return;
  await Promise.all(Array.from({ length: times }, () => askAbout(context(real), runId, job)));
}

async function answerAll({ open }: Model, real: Reality): Promise<void> {
  if (open === null) return;
  const { runId } = open;
  for (let jobs = await loadJobs(real, runId); jobs.length > 0; jobs = await loadJobs(real, runId)) {
    for (const job of jobs) await askAbout(context(real), runId, job);
  }
}

async function finish(model: Model, real: Reality, times: number): Promise<void> {
  const { open } = model;
  if (open === null) return;
  const isAnswered = (await loadJobs(real, open.runId)).length === 0;
  await Promise.all(Array.from({ length: times }, () => finishRun(context(real), open.runId)));
  if (!isAnswered) return;
  const run = await loadRun(real.app.context.database, open.runId);
  // Whether the guard holds a plan is its own tests' subject; what either verdict does is this one's.
  expect(['published', 'held']).toContain(run?.status);
  model.open = null;
  if (run?.status === 'published') publish(model, open);
  else model.held = open;
  model.played.push(run?.status ?? '');
}

function publish(model: Model, planned: Planned): void {
  model.shown = planned.expected;
  model.nights += 1;
  model.held = null;
}

async function planHash({ database }: Reality, runId: string): Promise<string> {
  const [row] = await database.query<{ plan_hash: string }>('SELECT plan_hash FROM runs WHERE id = $1', [
    runId,
  ]);
  return row?.plan_hash ?? '';
}

async function decide(model: Model, real: Reality): Promise<void> {
  const { held } = model;
  if (held === null) return;
  const plan = await planHash(real, held.runId);
  const approval = approve(context(real), { runId: held.runId, plan, ...BY });
  if (model.open === null) {
    await approval;
    publish(model, held);
  } else {
    await expect(approval).rejects.toMatchObject({ code: 'RUN_OPEN' });
  }
}

const isOpen = ({ open }: Readonly<Model>): boolean => open !== null;
const isQuiet = ({ open }: Readonly<Model>): boolean => open === null;
const isHeld = ({ held }: Readonly<Model>): boolean => held !== null;
const always = (): boolean => true;

const FAULTS = [
  'server_error',
  'not_json',
  'empty_body',
  'truncate',
  'reset',
  'duplicate',
  'swap_case',
  'reorder',
] as const;

/** Time passes. While a run is open nobody moves, so that what it will publish is known from the start. */
async function passDay(real: Reality, adminGrants: number): Promise<void> {
  real.tenant.advanceNight({ churn: { ...HEAVY_CHURN, adminGrants } });
  await real.writeRoster();
}

/** Sequences of commands, biased towards whole nights and, as few are held, towards decisions. */
export function commandsOf() {
  const decisions = [
    command('approve', (model) => isHeld(model) && isQuiet(model), decide),
    command('approve beside an open run', (model) => isHeld(model) && isOpen(model), decide),
    command('approve another plan', isHeld, refuseAnotherPlan),
    command('reject', isHeld, rejectHeld),
  ];
  return fc.commands<Model, Reality, false>(
    [
      fc.nat(4).map((adminGrants) => command('day', isQuiet, (_, real) => passDay(real, adminGrants))),
      fc.nat(4).map((adminGrants) =>
        command('whole night', isQuiet, async (model, real) => {
          await passDay(real, adminGrants);
          await tick(model, real);
          await answerAll(model, real);
          await finish(model, real, 1);
        }),
      ),
      fc.constant(command('tick', always, tick)),
      fc.constant(
        command('tick twice', always, async (model, real) => {
          await Promise.all([tick(model, real), tick(model, real)]);
        }),
      ),
      fc.nat(9).map((which) => command('answer one', isOpen, (model, real) => answer(model, real, which, 1))),
      fc
        .nat(9)
        .map((which) => command('answer one twice', isOpen, (model, real) => answer(model, real, which, 2))),
      fc.constant(command('answer all', isOpen, answerAll)),
      fc.constant(command('answer all', isOpen, answerAll)),
      fc.constant(command('finish', isOpen, (model, real) => finish(model, real, 1))),
      fc.constant(command('finish thrice', isOpen, (model, real) => finish(model, real, 3))),
      fc.constantFrom(...FAULTS).map((does) =>
        command('fault', always, (_, { server }) => {
          server.faults.add({ on: { shareOfCalls: 0.5, attempts: 1 }, does });
          return Promise.resolve();
        }),
      ),
      fc.constant(command('crash', always, (_, real) => real.reopen())),
      fc.constant(command('sweep', always, (_, real) => sweep(context(real)))),
      ...Array.from({ length: 6 }, () => fc.constantFrom(...decisions)),
    ],
    { maxCommands: 60, size: 'max' },
  );
}

async function refuseAnotherPlan({ held }: Model, real: Reality): Promise<void> {
  if (held === null) return;
  const approval = approve(context(real), { runId: held.runId, plan: '0000000', ...BY });
  await expect(approval).rejects.toMatchObject({ code: 'PLAN_MISMATCH' });
}

async function rejectHeld(model: Model, real: Reality): Promise<void> {
  if (model.held === null) return;
  await reject(context(real), { runId: model.held.runId, ...BY });
  model.held = null;
}

/** Lets what is open end, and holds the history against itself (I4, I10). */
export async function settle(model: Model, real: Reality): Promise<void> {
  await answerAll(model, real);
  await finish(model, real, 1);
  await expectShown(model, real);
  const { difference } = await verifyDatabase(real.app.context.database);
  expect(difference).toBeNull();
}
