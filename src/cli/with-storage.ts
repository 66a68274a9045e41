import { openStorage, type Storage } from '../app.ts';
import type { StorageConfig } from '../config/config.ts';

/** Lends the database, brought up to date, and closes it whatever comes of the work. */
export async function withStorage<T>(
  config: StorageConfig,
  work: (storage: Storage) => Promise<T>,
): Promise<T> {
  const storage = await openStorage(config);
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}
