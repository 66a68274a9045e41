import { recordDrift } from '../store/runs.ts';
import { saveAnswers } from '../store/save-answers.ts';
import type { SyncContext } from './context.ts';
import type { ObservedBatch } from './observe-batch.ts';

/** So many snapshots, or a few more, make a piece: in a first night there is one of everybody (I11). */
const PIECE_SNAPSHOTS = 200;

/** Answers on their way into the database, in pieces: while one is being stored, the next is gathered. */
export class UnsavedAnswers {
  readonly #context: Pick<SyncContext, 'database'>;
  #gathered: ObservedBatch[] = [];
  #snapshots = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(context: Pick<SyncContext, 'database'>) {
    this.#context = context;
  }

  get isGathering(): boolean {
    return this.#gathered.length > 0;
  }

  /** Waits where there are two pieces, and rejects where the one before could not be stored. */
  async add(observed: ObservedBatch): Promise<void> {
    this.#gathered.push(observed);
    this.#snapshots += observed.snapshots;
    if (this.#snapshots < PIECE_SNAPSHOTS) return;
    await this.#saving;
    void this.save();
  }

  /**
   * Begins to store what has been gathered; resolves when that is done, and rejects where anything could not be stored, then or
   * before. What was wrong before keeps nothing from being stored.
   */
  save(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#snapshots = 0;
    this.#saving = this.#saving.finally(() => saveObserved(this.#context, gathered));
    // Whoever waits for it hears of it.
    this.#saving.catch(() => undefined);
    return this.#saving;
  }
}

/** All in one statement. Where PostgreSQL refuses that, one by one: what is wrong with one batch keeps no other from being stored. */
async function saveObserved(
  { database }: Pick<SyncContext, 'database'>,
  observed: readonly ObservedBatch[],
): Promise<void> {
  const [first] = observed;
  if (first === undefined) return;
  const { runId } = first;
  await recordDrift(
    database,
    runId,
    observed.flatMap(({ drift }) => drift),
  );
  const outcomes = observed.map(({ outcome }) => outcome);
  try {
    await saveAnswers(database, runId, outcomes);
  } catch {
    const saved = await Promise.allSettled(
      outcomes.map((outcome) => saveAnswers(database, runId, [outcome])),
    );
    const refused = saved.find((each) => each.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
  }
}
