import { openApp, type App } from '../app.ts';
import { parseSyncConfig } from '../config/config.ts';
import { untilSignalled } from './signals.ts';
import { readWatchedConfig } from './watched-config.ts';

/** Lends all that a run needs until it is done, or until Ctrl-C, and closes it whatever comes of the work. */
export async function withApp<T>(work: (app: App, signal: AbortSignal) => Promise<T>): Promise<T> {
  const config = readWatchedConfig(parseSyncConfig);
  return untilSignalled(async (signal) => {
    const app = await openApp(config);
    try {
      return await work(app, signal);
    } finally {
      await app.close();
    }
  });
}
