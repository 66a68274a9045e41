import type { StorageConfig } from '../config/config.ts';
import { failed, ok, warning, type Finding } from '../core/finding.ts';
import { loadDataFolderFacts, type DataFolderFacts } from '../embedded/data-folder.ts';
import { describeError } from './find.ts';

const DATA_FOLDER = 'data folder';
const DISK = 'disk';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** For what PostgreSQL logs of a night and has not yet recycled. */
const LOG_BYTES = GIB;
/** Of a baseline, per entry: the data, its staging and its log (docs/benchmarks.md: 6 kB of log alone). */
const BASELINE_BYTES_PER_ENTRY = 12 * 1024;
/** With less PostgreSQL stops in the middle of whatever it does. */
const LEAST_BYTES = 256 * MIB;

/** Yields nothing and returns null where the database is elsewhere. */
export async function* checkDataFolder(
  config: StorageConfig,
): AsyncGenerator<Finding, DataFolderFacts | null> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl !== null) return null;
  try {
    const facts = await loadDataFolderFacts(dataDir);
    yield judgeDataFolder(facts, dataDir);
    return facts;
  } catch (error) {
    yield failed(
      DATA_FOLDER,
      `${dataDir} cannot be looked at: ${describeError(error)}`,
      'Run kore-sync as its owner.',
    );
    return null;
  }
}

export function judgeDataFolder({ fault, hasCluster }: DataFolderFacts, dataDir: string): Finding {
  if (fault !== null) return failed(DATA_FOLDER, fault.seen, fault.remedy);
  return ok(DATA_FOLDER, hasCluster ? dataDir : `${dataDir}, without a database so far`);
}

/** Room for the largest rewrite of a table, which is never more than all of the data again, or for a baseline. */
export function judgeDisk(
  freeBytes: number,
  databaseBytes: number,
  entries: number,
  dataDir: string,
): Finding {
  const neededBytes = LOG_BYTES + Math.max(databaseBytes, entries * BASELINE_BYTES_PER_ENTRY);
  const seen = `${describeBytes(freeBytes)} free under ${dataDir}, the database has ${describeBytes(databaseBytes)}`;
  if (freeBytes >= neededBytes) return ok(DISK, seen);
  const remedy = `Make room for ${describeBytes(neededBytes)}, or move DATA_DIR to a larger disk.`;
  return freeBytes < LEAST_BYTES ? failed(DISK, seen, remedy) : warning(DISK, seen, remedy);
}

function describeBytes(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;
}
