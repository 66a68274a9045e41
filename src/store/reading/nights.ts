import type { Snapshot } from './snapshot.ts';

/** A published run: what was the truth from its `as_of` to that of the next. */
export interface Night {
  readonly run_id: number;
  readonly run_key: string;
  readonly as_of: string;
  readonly coverage: number | null;
  readonly changes: number;
}

const NIGHTS = 'SELECT run_id, run_key, as_of, coverage, changes FROM directory.nights';

/** The night that was the truth at an instant; undefined before the first. */
export async function loadNightAt(snapshot: Snapshot, at: string): Promise<Night | undefined> {
  const [night] = await snapshot.load<Night>(
    `${NIGHTS} WHERE as_of <= $1::timestamptz ORDER BY as_of DESC LIMIT 1`,
    [at],
  );
  return night;
}

export async function loadLatestNight(snapshot: Snapshot): Promise<Night | undefined> {
  const [night] = await snapshot.load<Night>(`${NIGHTS} ORDER BY as_of DESC LIMIT 1`);
  return night;
}

export async function loadFirstNight(snapshot: Snapshot): Promise<Night | undefined> {
  const [night] = await snapshot.load<Night>(`${NIGHTS} ORDER BY as_of LIMIT 1`);
  return night;
}

/** The night before another; undefined for the first. */
export async function loadNightBefore(snapshot: Snapshot, night: Night): Promise<Night | undefined> {
  const [before] = await snapshot.load<Night>(
    `${NIGHTS} WHERE as_of < $1::timestamptz ORDER BY as_of DESC LIMIT 1`,
    [night.as_of],
  );
  return before;
}

/** By run id or run key. */
export async function loadNightOfRun(snapshot: Snapshot, run: string): Promise<Night | undefined> {
  const [night] = await snapshot.load<Night>(`${NIGHTS} WHERE run_id::text = $1 OR run_key = $1`, [run]);
  return night;
}

/** How a run ended that is no night; undefined where there is no such run. By run id or run key. */
export async function loadStatusOfRun(
  snapshot: Snapshot,
  run: string,
): Promise<{ readonly run_id: number; readonly status: string } | undefined> {
  const [found] = await snapshot.load<{ run_id: number; status: string }>(
    'SELECT run_id, status FROM directory.runs WHERE run_id::text = $1 OR run_key = $1',
    [run],
  );
  return found;
}
