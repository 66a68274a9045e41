import type { Bench } from './bench.ts';
import { assignmentSchema, type Assignment } from './contender.ts';
import { checkRows, publishEmptyNight, readDigest } from './directory.ts';
import { measureNight, type Measurement } from './night.ts';
import { NIGHTS, type Night } from './nights.ts';
import { withTenant } from './tenant.ts';

export type Queue = 'redis' | 'postgres';

/** One of those who are compared. */
export interface Entrant {
  readonly contender: Assignment['name'];
  /** Of the product; the others have no queue. */
  readonly queue: Queue | null;
}

export interface Result extends Entrant {
  readonly night: Night;
  readonly users: number;
  /** One per repetition. */
  readonly measurements: readonly Measurement[];
}

/** Measurements of the same thing go together, and everybody has to have written the same directory each night. */
export class Results {
  readonly #results = new Map<string, Result & { readonly measurements: Measurement[] }>();
  readonly #contents = new Map<string, string>();

  get list(): readonly Result[] {
    return [...this.#results.values()];
  }

  add(what: Omit<Result, 'measurements'>, measurement: Measurement): void {
    const key = JSON.stringify(what);
    const result = this.#results.get(key) ?? { ...what, measurements: [] };
    result.measurements.push(measurement);
    this.#results.set(key, result);
  }

  checkContent({ night, users }: Pick<Result, 'night' | 'users'>, content: string): void {
    const key = JSON.stringify([night, users]);
    const first = this.#contents.get(key) ?? content;
    this.#contents.set(key, first);
    if (content !== first) {
      throw new Error(`two contenders wrote different directories of ${users} users in the night '${night}'`);
    }
  }
}

/** All nights of one contender on one database, against an account made anew: the same states for everybody. */
export async function measureNights(
  bench: Bench,
  { contender, queue }: Entrant,
  users: number,
  results: Results,
): Promise<void> {
  await withTenant(bench, users, async (tenant) => {
    const databaseUrl = await bench.servers.createDatabase();
    if (contender !== 'product') await publishEmptyNight(bench, databaseUrl);
    const { account, rosterFile } = tenant;
    const redisUrl = queue === 'redis' ? bench.servers.redisUrl : null;
    const assignment = assignmentSchema.parse({
      name: contender,
      account,
      rosterFile,
      databaseUrl,
      redisUrl,
    });
    for (const night of NIGHTS) {
      const truth = await tenant.move(night);
      const measurement = await measureNight(bench, tenant, assignment);
      bench.onProgress(`  ${night}: ${measurement.seconds.toFixed(1)} s`);
      checkChanges(night, measurement);
      const { rows, content } = await readDigest(bench, databaseUrl);
      checkRows(rows, truth, `${contender}, ${night}`, contender === 'naive');
      if (contender !== 'naive') results.checkContent({ night, users }, content);
      results.add({ contender, queue, night, users }, measurement);
    }
  });
}

/** Only what happened to the account may change anything. */
function checkChanges(night: Night, { publication }: Measurement): void {
  if (publication === null || publication.changes > 0 === (night === 'churn')) return;
  throw new Error(`the night '${night}' published ${publication.changes} changes`);
}
