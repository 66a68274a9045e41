import type { DateTime } from 'luxon';
import { openAsItIs } from '../check/open-database.ts';
import { parseConfig } from '../config/config.ts';
import { SyncError } from '../core/errors.ts';
import type { ExitCode } from '../core/exit-code.ts';
import { printable } from '../core/printable.ts';
import { describeShare } from '../core/quantity.ts';
import {
  loadFirstNight,
  loadLatestNight,
  loadNightAt,
  loadNightOfRun,
  loadStatusOfRun,
  type Night,
} from '../store/reading/nights.ts';
import { readSnapshot, type Snapshot } from '../store/reading/snapshot.ts';
import { ACCEPTED_TIMES, describeLocalTime, localNow, parsePointInTime } from './local-time.ts';
import type { SetExitCode, Terminal } from './output.ts';
import { readWatchedConfig } from './watched-config.ts';

/** The database at one instant, and where and when somebody reads it. */
export interface Reading {
  readonly snapshot: Snapshot;
  readonly now: DateTime;
  readonly terminal: Terminal;
}

/** Reads with no more rights and settings than an analyst has, all of it as of one instant. */
export async function withReading(
  terminal: Terminal,
  setExitCode: SetExitCode,
  work: (reading: Reading) => Promise<ExitCode>,
): Promise<void> {
  const opened = await openAsItIs(readWatchedConfig(parseConfig));
  try {
    setExitCode(
      await readSnapshot(opened.database, (snapshot) => work({ snapshot, now: localNow(), terminal })),
    );
  } finally {
    await opened.close();
  }
}

/**
 * The night that an option means; the latest where it is not given. Throws `USAGE` for what is no time, `NO_NIGHT`
 * for one that no night answers for.
 */
export async function findNight(
  { snapshot, now }: Reading,
  option: string,
  text: string | undefined,
): Promise<Night> {
  const latest = await loadLatestNight(snapshot);
  if (latest === undefined) {
    throw new SyncError('NO_NIGHT', "No night has been published yet. 'kore-sync sync' runs one.");
  }
  if (text === undefined) return latest;
  const point = parsePointInTime(text, now);
  if (point === undefined) {
    throw new SyncError(
      'USAGE',
      `${option} '${printable(text)}' is no point in time. Expected ${ACCEPTED_TIMES}.`,
    );
  }
  if (point.kind === 'run') return findNightOfRun(snapshot, point.run);
  if (point.begins > now) {
    throw new SyncError(
      'NO_NIGHT',
      `${option} '${printable(text)}' lies ahead. The latest night is run ${latest.run_id}, as of ${describeLocalTime(latest.as_of, now.zone)}.`,
    );
  }
  const night = await loadNightAt(snapshot, point.at);
  if (night !== undefined) return night;
  const first = await loadFirstNight(snapshot);
  throw new SyncError(
    'NO_NIGHT',
    `${option} '${printable(text)}' is before history begins: the first night is run ${first?.run_id ?? ''}, as of ${describeLocalTime(first?.as_of ?? '', now.zone)}.`,
  );
}

/** The night that a run became. Throws `RUN_NOT_FOUND`, or `NO_NIGHT` for a run that was not published. */
export async function findNightOfRun(snapshot: Snapshot, run: string): Promise<Night> {
  const night = await loadNightOfRun(snapshot, run);
  if (night !== undefined) return night;
  const found = await loadStatusOfRun(snapshot, run);
  if (found === undefined) {
    throw new SyncError('RUN_NOT_FOUND', `There is no run ${printable(run)}. 'kore-sync runs' lists them.`);
  }
  throw new SyncError(
    'NO_NIGHT',
    `Run ${found.run_id} is ${found.status}: it published nothing. 'kore-sync runs show ${found.run_id}' says more.`,
  );
}

/** Which night, and how much of it is certain. */
export function describeNight({ run_id, as_of, coverage }: Night, { now }: Reading): string {
  return `run ${run_id}, as of ${describeLocalTime(as_of, now.zone)} (${now.zone.name}), coverage ${describeShare(coverage)}`;
}
