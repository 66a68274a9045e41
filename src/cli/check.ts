import { InvalidArgumentError, Option, type Command } from 'commander';
import { checkAge } from '../check/age.ts';
import { checkEverything } from '../check/check.ts';
import { CONFIGURATION } from '../check/configuration.ts';
import { parseConfig, readSurroundings } from '../config/config.ts';
import { parseDuration } from '../core/duration.ts';
import { EXIT, type ExitCode } from '../core/exit-code.ts';
import type { Finding } from '../core/finding.ts';
import { describeFinding, describeOutcome, toCheckReport } from '../report/check.ts';
import { printLine, type SetExitCode, type Terminal } from './output.ts';
import { untilSignalled } from './signals.ts';

interface CheckOptions {
  readonly json?: boolean;
  readonly alerts?: boolean;
  /** In milliseconds. */
  readonly maxAge?: number;
}

export function addCheckCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('check')
    .description('whether everything a night needs is there: each requirement with ok, or what to do')
    .addOption(
      new Option('--max-age <duration>', 'only how old the last good night is: exit 1 if older, such as 26h')
        .argParser(readDuration)
        .conflicts('alerts'),
    )
    .option('--alerts', 'send a sample to each alert channel, as `alerts test` does')
    .option('--json', 'print one JSON object on standard output and nothing else')
    .action(async ({ maxAge, json = false, alerts = false }: CheckOptions) => {
      setExitCode(
        await (maxAge === undefined ? runCheck(terminal, json, alerts) : runAgeCheck(terminal, json, maxAge)),
      );
    });
}

async function runCheck({ stdout }: Terminal, json: boolean, alerts: boolean): Promise<ExitCode> {
  const context = { ...readSurroundings(), nodeVersion: process.version, now: new Date(), alerts };
  const findings: Finding[] = [];
  await untilSignalled(async (signal) => {
    for await (const finding of checkEverything({ ...context, signal })) {
      findings.push(finding);
      if (!json) printLine(stdout, describeFinding(finding));
    }
  });
  printLine(stdout, json ? JSON.stringify(toCheckReport(findings)) : describeOutcome(findings));
  return exitCodeOf(findings);
}

function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const failures = findings.filter(({ status }) => status === 'failed');
  if (failures.some(({ requirement }) => requirement === CONFIGURATION)) return EXIT.usage;
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

async function runAgeCheck({ stdout }: Terminal, json: boolean, maxAgeMs: number): Promise<ExitCode> {
  const { env, surroundings } = readSurroundings();
  const verdict = await checkAge(parseConfig(env, surroundings), maxAgeMs);
  printLine(stdout, json ? JSON.stringify(verdict) : verdict.line);
  return verdict.ok ? EXIT.ok : EXIT.failed;
}

function readDuration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined)
    throw new InvalidArgumentError('Expected a whole number with its unit, such as 26h, 90m or 2d.');
  return durationMs;
}
