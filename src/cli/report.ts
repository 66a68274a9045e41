import path from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { DateTime } from 'luxon';
import { readSurroundings } from '../config/config.ts';
import { SyncError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-code.ts';
import { printable } from '../core/printable.ts';
import type { LocalTime } from '../report/headline.ts';
import { drawPage } from '../report/html/page.ts';
import { describeNight } from '../report/night.ts';
import { loadLatestReportedRun, loadReportedRun, type ReportedRun } from '../store/reading/report-run.ts';
import { loadRunReading } from '../store/reading/report.ts';
import { describeLocalTime } from './local-time.ts';
import { printLine, type SetExitCode, type Terminal } from './output.ts';
import { writeText } from './print-rows.ts';
import { withReading, type Reading } from './reading.ts';
import { saveFile } from './save-file.ts';

interface ReportOptions {
  readonly run?: string;
  readonly html?: string;
}

const STDOUT = '-';

export function addReportCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('report')
    .description('what happened in a night: a few lines, or one page of HTML that needs nothing else')
    .option('--run <id>', 'this run, by its id or key; without it the latest that ended and was no dry run')
    .option('--html <file>', `write a page to that file, which names people; '${STDOUT}': to standard output`)
    .action((options: ReportOptions) =>
      withReading(terminal, setExitCode, (reading) => report(reading, options)),
    );
}

async function report({ snapshot, now, terminal }: Reading, options: ReportOptions): Promise<ExitCode> {
  const { stdout, stderr } = terminal;
  const run = await findRun({ snapshot }, options.run);
  const night = await loadRunReading(snapshot, run);
  const time = toLocalTime(now);
  if (options.html === undefined) {
    await writeText(stdout, Readable.from([`${describeNight(night, time)}\n`]));
    return EXIT.ok;
  }
  const page = drawPage(night, time, now.toISO() ?? '');
  if (options.html === STDOUT) {
    await writeText(stdout, Readable.from([page]));
    return EXIT.ok;
  }
  const file = await saveFile(path.resolve(readSurroundings().surroundings.cwd, options.html), page);
  printLine(
    stderr,
    `The report of run ${run.run_id} is in ${printable(file)}. It names people; only you can read it.`,
  );
  return EXIT.ok;
}

async function findRun(
  { snapshot }: Pick<Reading, 'snapshot'>,
  wanted: string | undefined,
): Promise<ReportedRun> {
  if (wanted === undefined) {
    const latest = await loadLatestReportedRun(snapshot);
    if (latest !== undefined) return latest;
    throw new SyncError('NO_NIGHT', "No run has ended yet. 'kore-sync sync' runs one.");
  }
  const found = await loadReportedRun(snapshot, wanted);
  if (found !== undefined) return found;
  throw new SyncError('RUN_NOT_FOUND', `There is no run ${printable(wanted)}. 'kore-sync runs' lists them.`);
}

function toLocalTime({ zone }: DateTime): LocalTime {
  return {
    zone: zone.name,
    describeTime: (iso) => describeLocalTime(iso, zone),
    describeDay: (iso) => DateTime.fromISO(iso, { zone, locale: 'en-GB' }).toFormat('d LLL yyyy'),
  };
}
