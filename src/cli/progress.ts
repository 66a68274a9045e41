import cliProgress from 'cli-progress';
import { printLine, type Terminal } from './output.ts';

export interface ProgressView {
  /** Another noun begins another count. */
  update(done: number, total: number, noun: string): void;
  note(line: string): void;
  end(): void;
}

/** A bar on a terminal; elsewhere a line for every tenth. */
export function createProgressView({ stderr }: Terminal): ProgressView {
  return stderr.isTTY === true ? createBar(stderr) : createLines(stderr);
}

function createBar(stream: Terminal['stderr']): ProgressView {
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {percentage}% | {value}/{total} {noun} | {eta_formatted} left',
      stream,
      hideCursor: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let counted: string | null = null;
  const stop = () => {
    if (counted !== null) bar.stop();
    counted = null;
  };
  return {
    update(done, total, noun) {
      if (noun !== counted) {
        stop();
        bar.start(total, done, { noun });
        counted = noun;
      }
      bar.setTotal(total);
      bar.update(done);
    },
    note(line) {
      stop();
      printLine(stream, line);
    },
    end: stop,
  };
}

function createLines(stream: Terminal['stderr']): ProgressView {
  let said = '';
  return {
    update(done, total, noun) {
      const tenth = `${total === 0 ? 10 : Math.floor((10 * done) / total)} ${noun}`;
      if (tenth === said) return;
      said = tenth;
      printLine(stream, `${done} of ${total} ${noun}`);
    },
    note: (line) => printLine(stream, line),
    end: () => undefined,
  };
}
