import type { Environment, StorageConfig, Surroundings } from '../config/config.ts';
import { failed, notTried, type Finding } from '../core/finding.ts';
import { ACCOUNT, checkAccount } from './account.ts';
import { ALERTS, checkAlerts } from './alerts.ts';
import { LOOKUP_PARTS } from './api.ts';
import { checkRosterAndApi } from './ask.ts';
import { CANARIES, checkCanaries } from './canaries.ts';
import { checkConfiguration, CONFIGURATION, type CheckedConfiguration } from './configuration.ts';
import { checkDatabase, DATABASE, notTriedWithout, type CheckedDatabase } from './database.ts';
import { checkDataFolder, judgeDisk } from './disk.ts';
import { describeError } from './find.ts';
import { checkLastNight } from './last-night.ts';
import { checkNodeVersion } from './node-version.ts';
import { openAsItIs, type OpenedDatabase } from './open-database.ts';
import { checkQueue, QUEUE } from './queue.ts';
import { NIGHT, ROSTER } from './roster.ts';
import { judgeSchedule, SCHEDULE } from './schedule.ts';

export interface CheckOptions {
  readonly env: Environment;
  readonly surroundings: Surroundings;
  readonly nodeVersion: string;
  readonly now: Date;
  /** Whether each alert channel gets a sample. */
  readonly alerts: boolean;
  readonly signal: AbortSignal;
}

/**
 * Tries everything a night needs. What does not rest on a failed requirement is tried all the same; what does is
 * not, and says on which. Writes nothing but the tables of an empty database, and a place in the budget for each
 * API call.
 */
export async function* checkEverything(options: CheckOptions): AsyncGenerator<Finding, void> {
  yield checkNodeVersion(options.nodeVersion);
  const configuration = checkConfiguration(options.env, options.surroundings);
  yield* configuration.findings;
  const { storage, sync, schedule } = configuration;
  if (storage === null) {
    for (const requirement of [DATABASE, QUEUE, ...ON_SYNC]) yield notTried(requirement, CONFIGURATION);
    return;
  }
  yield* checkWithDatabase(options, storage, configuration);
  if (sync === null) return;
  yield schedule === null
    ? notTried(SCHEDULE, CONFIGURATION)
    : judgeSchedule({ ...sync, schedule }, options.now);
  yield await checkCanaries(sync.canaries);
  yield* await checkAlerts(sync, options.alerts ? options.now : null);
}

/** What rests on the variables of a run. */
const ON_SYNC = [ACCOUNT, ROSTER, NIGHT, ...LOOKUP_PARTS, SCHEDULE, CANARIES, ALERTS];

async function* checkWithDatabase(
  options: CheckOptions,
  storage: StorageConfig,
  { sync }: CheckedConfiguration,
): AsyncGenerator<Finding, void> {
  const folder = yield* checkDataFolder(storage);
  // Nobody who is still setting variables wants a database made where the default says.
  const isWanted = sync !== null || storage.databaseUrl !== null || folder?.hasCluster === true;
  const opened = isWanted ? await openAsItIs(storage).catch(describeError) : null;
  try {
    const { facts, isReady } = isOpened(opened)
      ? yield* checkDatabase(opened)
      : yield* describeUnopened(opened);
    yield* checkQueue(storage);
    const database = isOpened(opened) && isReady ? opened.database : null;
    let entries = 0;
    if (sync === null) {
      for (const requirement of ON_SYNC) yield notTried(requirement, CONFIGURATION);
    } else {
      yield await checkAccount(database, sync.kore);
      entries = yield* checkRosterAndApi({ config: sync, database, signal: options.signal });
    }
    if (folder !== null) yield judgeDisk(folder.freeBytes, facts?.bytes ?? 0, entries, storage.dataDir);
    yield await checkLastNight(database);
  } finally {
    if (isOpened(opened)) await opened.close();
  }
}

/** Else the reason why not; null: it was not wanted. */
function isOpened(opened: OpenedDatabase | string | null): opened is OpenedDatabase {
  return typeof opened === 'object' && opened !== null;
}

function* describeUnopened(reason: string | null): Generator<Finding, CheckedDatabase> {
  yield reason === null ? notTried(DATABASE, CONFIGURATION) : failed(DATABASE, reason);
  yield* notTriedWithout();
  return { facts: null, isReady: false };
}
