import { once } from 'node:events';
import { InvalidArgumentError, type Command } from 'commander';
import { SyncError } from '../core/errors.ts';
import { EDITIONS, type Edition } from '../simulator/editions.ts';
import { populateTenant } from '../simulator/population.ts';
import { writeRosterFile } from '../simulator/roster.ts';
import { startTenant, type RunningTenant } from '../simulator/server.ts';
import { printLine, type Terminal } from './output.ts';
import { untilSignalled } from './signals.ts';

interface SimulateOptions {
  readonly port: number;
  readonly people: number;
  readonly seed: number;
  readonly edition: Edition;
  readonly roster: string;
  readonly nightEvery?: number;
}

export function addSimulateCommand(program: Command, { stdout }: Terminal): void {
  program
    .command('simulate')
    .description('a simulated Kore.ai account as a server on this machine')
    .option('--port <port>', 'port to listen on; 0 takes a free one', parseCount, 4010)
    .option('--people <number>', 'how many people the account has', parseCount, 3000)
    .option('--seed <number>', 'the same seed makes the same account', parseCount, 1)
    .option('--edition <edition>', `edition of the API: ${EDITIONS.join(', ')}`, parseEdition, 'xo')
    .option('--roster <file>', 'where to write its roster (.txt or .csv)', 'simulated-roster.txt')
    .option('--night-every <seconds>', 'let a day pass every so often', parseCount)
    .action(async (options: SimulateOptions) => {
      const tenant = populateTenant({ people: options.people, seed: options.seed, edition: options.edition });
      await writeRosterFile(options.roster, tenant.roster());
      const server = await listen(options.port, tenant);
      try {
        printLine(stdout, describeTenant(server, options));
        await untilSignalled((signal) => passDays(server, options, signal));
      } finally {
        await server.close();
      }
    });
}

async function listen(port: number, tenant: RunningTenant['tenant']): Promise<RunningTenant> {
  try {
    return await startTenant({ port, tenant });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyncError('USAGE', `Cannot listen on port ${port}: ${reason}. Choose another with --port.`, {
      cause: error,
    });
  }
}

function describeTenant({ url, clientId, clientSecret }: RunningTenant, { roster }: SimulateOptions): string {
  return [
    'A simulated account is up; Ctrl-C ends it. In another terminal:',
    '',
    `  export KORE_HOST=${url}`,
    `  export KORE_CLIENT_ID=${clientId}`,
    `  export KORE_CLIENT_SECRET=${clientSecret}`,
    `  export ROSTER=${roster} RATE_PER_MINUTE=0 RATE_PER_HOUR=0`,
    '  npm run -s kore-sync -- sync',
    '',
  ].join('\n');
}

async function passDays(
  server: RunningTenant,
  { nightEvery, roster }: SimulateOptions,
  signal: AbortSignal,
): Promise<void> {
  const passDay = async (): Promise<void> => {
    server.tenant.advanceNight();
    await writeRosterFile(roster, server.tenant.roster());
  };
  const timer = setInterval(
    () => void (nightEvery === undefined ? undefined : passDay()),
    (nightEvery ?? 3600) * 1000,
  );
  try {
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    clearInterval(timer);
  }
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

function parseEdition(text: string): Edition {
  const edition = EDITIONS.find((known) => known === text);
  if (edition === undefined) throw new InvalidArgumentError(`Expected one of ${EDITIONS.join(', ')}.`);
  return edition;
}
