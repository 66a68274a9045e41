import type { StorageConfig } from '../config/config.ts';
import { openEmbeddedDatabase } from '../embedded/embedded-database.ts';
import { openDatabase, type Database } from '../store/database.ts';

export interface OpenedDatabase {
  readonly database: Database;
  /** Carries the password: not for output. */
  readonly url: string;
  close(): Promise<void>;
}

/** One for the roster that is being counted, one for what is asked meanwhile. */
const CONNECTIONS = 2;

/** Opens the database as every command does, the embedded one where none is named, but leaves it as it is. */
export async function openAsItIs({ databaseUrl, dataDir }: StorageConfig): Promise<OpenedDatabase> {
  const embedded = databaseUrl === null ? await openEmbeddedDatabase({ dataDir }) : null;
  const url = embedded?.url ?? databaseUrl?.reveal() ?? '';
  try {
    const database = await openDatabase({ url, size: CONNECTIONS, onIdleError: () => undefined });
    return {
      database,
      url,
      close: async () => {
        await database.close();
        await embedded?.release();
      },
    };
  } catch (error) {
    await embedded?.release();
    throw error;
  }
}
