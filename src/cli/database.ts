import { once } from 'node:events';
import type { Command } from 'commander';
import { parseConfig } from '../config/config.ts';
import { printLine, type Terminal } from './output.ts';
import { untilSignalled } from './signals.ts';
import { readWatchedConfig } from './watched-config.ts';
import { withStorage } from './with-storage.ts';

export function addDatabaseCommand(program: Command, terminal: Terminal): void {
  program
    .command('database')
    .description('how to connect to the database in use')
    .option('--hold', 'keep the embedded one up until Ctrl-C')
    .action(async ({ hold = false }: { hold?: boolean }) => {
      const config = readWatchedConfig(parseConfig);
      if (config.databaseUrl !== null) {
        printLine(terminal.stdout, 'The database named by DATABASE_URL is in use.');
        return;
      }
      await withStorage(config, async ({ databaseUrl }) => {
        if (hold) {
          await untilSignalled((signal) => holdDatabase(terminal, databaseUrl, signal));
          return;
        }
        printLine(terminal.stdout, databaseUrl);
        printLine(
          terminal.stderr,
          'The embedded database is up only while a command uses it: `database --hold` keeps it up.',
        );
      });
    });
}

/** Says where the database is and keeps this process, and with it the database, up until Ctrl-C. */
export async function holdDatabase(
  terminal: Terminal,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  printLine(terminal.stdout, databaseUrl);
  printLine(terminal.stderr, 'Open it with psql or any SQL tool under this address. Ctrl-C ends it.');
  const keepAlive = setInterval(() => undefined, 60_000);
  try {
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    clearInterval(keepAlive);
  }
}
