import type { Command } from 'commander';
import { openStorage } from '../app.ts';
import { parseConfig, readSurroundings } from '../config.ts';
import { printLine, type Terminal } from './output.ts';

export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('bring the database up to date')
    .action(async () => {
      const { env, surroundings } = readSurroundings();
      const storage = await openStorage(parseConfig(env, { ...surroundings, defaultLogLevel: 'warn' }));
      try {
        const { migrated } = storage;
        printLine(
          terminal.stdout,
          migrated.length === 0 ? 'The database is up to date.' : `Applied ${migrated.join(', ')}.`,
        );
      } finally {
        await storage.close();
      }
    });
}
