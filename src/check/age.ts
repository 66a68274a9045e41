import type { StorageConfig } from '../config/config.ts';
import { judgeFreshness, type LastGoodNight } from '../core/freshness.ts';
import { loadDataFolderFacts } from '../embedded/data-folder.ts';
import { loadDatabaseFacts } from '../store/database-facts.ts';
import { loadLastGoodNight } from '../store/freshness.ts';
import { describeError } from './find.ts';
import { openAsItIs } from './open-database.ts';

export interface AgeVerdict {
  readonly ok: boolean;
  /** One line, whatever a server or an error has to say. */
  readonly line: string;
}

/**
 * Says whether the last good night is young enough. Needs the database alone, and leaves it as it is, whatever
 * the age of its tables; starts the embedded one for the moment where nobody does. Never throws.
 */
export async function checkAge(config: StorageConfig, maxAgeMs: number): Promise<AgeVerdict> {
  try {
    const { isFresh, detail } = judgeFreshness(await loadLast(config), maxAgeMs);
    return { ok: isFresh, line: `${isFresh ? 'ok' : 'too old'}: ${detail}` };
  } catch (error) {
    return { ok: false, line: `unknown: ${describeError(error).replaceAll(/\s*\n\s*/g, ' ')}` };
  }
}

async function loadLast(config: StorageConfig): Promise<LastGoodNight | null> {
  // A watcher that made a database would be the first to find it empty.
  if (config.databaseUrl === null && !(await loadDataFolderFacts(config.dataDir)).hasCluster) return null;
  const opened = await openAsItIs(config);
  try {
    const { isMade } = await loadDatabaseFacts(opened.database);
    return isMade ? await loadLastGoodNight(opened.database) : null;
  } finally {
    await opened.close();
  }
}
