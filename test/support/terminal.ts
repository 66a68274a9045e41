import { Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { vi } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { SyncError } from '../../src/core/errors.ts';
import { exitCodeOfError, type ExitCode } from '../../src/core/exit-code.ts';

export interface Said {
  readonly code: ExitCode;
  readonly stdout: string;
  /** What a command said there, and the message it ended with. */
  readonly stderr: string;
}

/** Runs a command in this process, with nothing in the environment but the database, on a terminal that wide. */
export async function say(databaseUrl: string, args: readonly string[], columns?: number): Promise<Said> {
  const stdout = new Recorder(columns);
  const stderr = new Recorder();
  let code: ExitCode = 0;
  vi.stubEnv('DATABASE_URL', databaseUrl);
  try {
    const program = buildProgram({ stdout, stderr }, (ended) => (code = ended));
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) code = 2;
    else if (error instanceof SyncError) code = exitCodeOfError(error.code);
    else throw error;
    stderr.write(error.message);
  } finally {
    vi.unstubAllEnvs();
  }
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Recorder extends Writable {
  readonly columns?: number;
  text = '';

  constructor(columns?: number) {
    super({ decodeStrings: false });
    if (columns !== undefined) this.columns = columns;
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}
