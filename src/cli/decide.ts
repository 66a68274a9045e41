import { InvalidArgumentError, type Command } from 'commander';
import type { App } from '../app.ts';
import { parseConfig, readSurroundings } from '../config/config.ts';
import { exitCodeOfRun } from '../core/exit-code.ts';
import { describeRun } from '../report/run.ts';
import { SHORTEST_HASH } from '../store/decisions.ts';
import type { RunSummary } from '../store/runs.ts';
import { approve, reject } from '../sync/decide-run.ts';
import { printLine, type SetExitCode, type Terminal } from './output.ts';
import { describeDecider } from './decider.ts';
import { createProgressView } from './progress.ts';
import { parseRunId } from './run-id.ts';
import { loadEndedRun, runRetry, waitForAlerts } from './run-sync.ts';
import { readWatchedConfig } from './watched-config.ts';
import { withApp } from './with-app.ts';
import { withStorage } from './with-storage.ts';

interface DecisionOptions {
  readonly reason?: string;
}

/** Adds what a person may do about a run to `runs`. */
export function addDecisionCommands(runs: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const report = (run: RunSummary) => {
    printLine(terminal.stdout, describeRun(run));
    setExitCode(exitCodeOfRun({ status: run.status, unanswered: run.answers.unanswered }));
  };
  runs
    .command('approve')
    .argument('<id>', 'a held run', parseRunId)
    .requiredOption('--plan <hash>', 'hash of the plan that was read, or the beginning of it', parseHash)
    .option('--reason <text>', 'why; kept with the run', parseReason)
    .description('publish exactly the plan of a held run')
    .action(async (id: string, options: DecisionOptions & { readonly plan: string }) => {
      // Its alerts go out: that needs all that `sync` does.
      report(await withApp((app) => approveRun(app, id, options)));
    });
  runs
    .command('reject')
    .argument('<id>', 'a held run', parseRunId)
    .option('--reason <text>', 'why; kept with the run', parseReason)
    .description('end a held run without publishing it')
    .action(async (id: string, options: DecisionOptions) => {
      printLine(terminal.stdout, describeRun(await rejectRun(id, options)));
    });
  runs
    .command('retry')
    .argument('<id>', 'the latest published run', parseRunId)
    .description('ask again about what it left unanswered, as a run of its own')
    .action(async (parentId: string) => {
      const view = createProgressView(terminal);
      report(await withApp((app, signal) => runRetry(app, view, { parentId, signal })));
    });
}

function parseHash(text: string): string {
  if (new RegExp(`^[0-9a-f]{${SHORTEST_HASH},64}$`, 'i').test(text)) return text;
  throw new InvalidArgumentError(`It is no hash: expected ${SHORTEST_HASH} to 64 of 0-9 and a-f.`);
}

const LONGEST_REASON = 1_000;

/** An empty one is none. */
function parseReason(text: string): string | undefined {
  if (text.length > LONGEST_REASON) {
    throw new InvalidArgumentError(`It is too long: expected ${LONGEST_REASON} characters at most.`);
  }
  // PostgreSQL stores no NUL, and no shell passes one on.
  return text.trim() || undefined;
}

async function approveRun(
  app: App,
  runId: string,
  { plan, reason }: DecisionOptions & { readonly plan: string },
): Promise<RunSummary> {
  const { env } = readSurroundings();
  await approve(app.context, { runId, plan, by: describeDecider(env), reason: reason ?? null });
  await app.work(['alerts']);
  await waitForAlerts(app, runId);
  return loadEndedRun(app.context.database, runId);
}

async function rejectRun(runId: string, { reason }: DecisionOptions): Promise<RunSummary> {
  const { env } = readSurroundings();
  return withStorage(readWatchedConfig(parseConfig), async (storage) => {
    await reject(storage, { runId, by: describeDecider(env), reason: reason ?? null });
    return loadEndedRun(storage.database, runId);
  });
}
