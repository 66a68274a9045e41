import { Option, type Command } from 'commander';
import { readSurroundings } from '../config/config.ts';
import { parseStartConfig, type StartPart } from '../config/start-config.ts';
import { runNights } from './run-nights.ts';
import { untilSignalled } from './signals.ts';

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('the unattended service: runs the nights of `SYNC_CRON`, until SIGTERM')
    .addOption(
      new Option('--only <part>', 'one part of it, the others on other machines').choices([
        'scheduler',
        'worker',
      ]),
    )
    .action(async ({ only = null }: { only?: StartPart | null }) => {
      const { env, surroundings } = readSurroundings();
      const config = parseStartConfig(env, surroundings, only);
      await untilSignalled((signal) => runNights(config, only, signal));
    });
}
