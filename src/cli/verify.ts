import { InvalidArgumentError, type Command } from 'commander';
import { parseConfig } from '../config/config.ts';
import { SyncError } from '../core/errors.ts';
import { EXIT } from '../core/exit-code.ts';
import { describeVerification } from '../report/verification.ts';
import { verifyDatabase, type Anchor } from '../store/verify/verify.ts';
import { printLine, type SetExitCode, type Terminal } from './output.ts';
import { parseRunId } from './run-id.ts';
import { readWatchedConfig } from './watched-config.ts';
import { withStorage } from './with-storage.ts';

interface Options {
  readonly json?: boolean;
  readonly head?: string;
  readonly run?: string;
}

export function addVerifyCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('verify')
    .description('hold tables, history, audit log, receipts, alerts and hash chain against each other')
    .option('--head <hash>', 'a head of the chain that you kept: it must still be in it', parseHash)
    .option('--run <id>', 'the run whose head it was', parseRunId)
    .option('--json', 'print one JSON object')
    .action(async ({ json = false, ...options }: Options) => {
      const anchor = toAnchor(options);
      await withStorage(readWatchedConfig(parseConfig), async ({ database }) => {
        const verification = await verifyDatabase(database, anchor);
        printLine(terminal.stdout, json ? JSON.stringify(verification) : describeVerification(verification));
        if (verification.difference !== null) setExitCode(EXIT.failed);
      });
    });
}

function toAnchor({ head, run }: Options): Anchor | null {
  if (head !== undefined) return { link: head, runId: run ?? null };
  if (run !== undefined)
    throw new SyncError('USAGE', '--run says whose head --head is, and --head is missing.');
  return null;
}

function parseHash(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Expected 64 hexadecimal digits.');
  return text.toLowerCase();
}
