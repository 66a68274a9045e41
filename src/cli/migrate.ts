import type { Command } from 'commander';
import { parseConfig } from '../config/config.ts';
import { grantAnalystRole } from '../store/analyst-role.ts';
import { printLine, type Terminal } from './output.ts';
import { readWatchedConfig } from './watched-config.ts';
import { withStorage } from './with-storage.ts';

export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('bring the database up to date, and let a role read schema directory')
    .option('--analyst-role <name>', 'may read schema directory and nothing else; made where it is missing')
    .action(async ({ analystRole }: { analystRole?: string }) => {
      await withStorage(readWatchedConfig(parseConfig), async ({ database, migrated }) => {
        printLine(
          terminal.stdout,
          migrated.length === 0 ? 'The database is up to date.' : `Applied ${migrated.join(', ')}.`,
        );
        if (analystRole !== undefined) {
          const remarks = await grantAnalystRole(database, analystRole);
          printLine(
            terminal.stdout,
            `"${analystRole}" may read schema directory, now and after later migrations.`,
          );
          for (const remark of remarks) printLine(terminal.stdout, remark);
        }
      });
    });
}
