import { execFile } from 'node:child_process';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { populateTenant } from '../../src/simulator/population.ts';
import { startCommand } from '../support/command.ts';
import { HOOKS, MAIN } from '../support/entry-points.ts';
import { startNights } from '../support/night.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

describe('kore-sync check', () => {
  test('ends with 0 where nothing failed, 1 where something did, 2 where the configuration did; --json is one object', async () => {
    const nights = await startNights(populateTenant({ people: 3, seed: 'codes' }));
    await nights.run();
    const { url, clientId, clientSecret } = nights.server;
    const env = {
      KORE_HOST: url,
      KORE_CLIENT_ID: clientId,
      KORE_CLIENT_SECRET: clientSecret,
      ROSTER: 'kore:alluserroles',
      DATABASE_URL: nights.databaseUrl,
    };
    const [good, failed, invalid, age] = await Promise.all([
      startCommand(['check', '--json'], env).result,
      startCommand(['check'], { ...env, KORE_CLIENT_SECRET: 'another' }).result,
      startCommand(['check'], { ...env, KORE_HOST: 'kore.example' }).result,
      startCommand(['check', '--max-age', '26h'], { DATABASE_URL: nights.databaseUrl }).result,
    ]);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(good.stdout)).toMatchObject({ ok: true });
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^FAILED {5}token {14}unauthorized, invalid_credentials/m);
    expect(failed.stdout).toMatch(/2 failed, 3 not tried of \d+\.\n$/);
    expect(invalid.code).toBe(2);
    expect(invalid.stdout).toMatch(/^FAILED {5}configuration {6}KORE_HOST is "kore\.example"; expected/m);
    expect(age).toMatchObject({ code: 0, stderr: '' });
    expect(age.stdout).toMatch(/^ok: [^\n]*\n$/);
  });

  test('whose output nobody reads to the end, ends in order', async () => {
    const folder = await makeTemporaryFolder();
    const script = '{ "$0" --import "$1" "$2" check; echo "code $?" >&2; } | true';
    const env = { PATH: process.env['PATH'], DATA_DIR: folder };
    const { stderr } = await run('sh', ['-c', script, process.execPath, HOOKS, MAIN], { env });
    expect(stderr).toBe('code 2\n');
  });

  test.each([
    ['--max-age', '26'],
    ['--max-age', '26x'],
    ['--max-age', '-1h'],
    ['--max-age', '0h'],
    ['--max-age', ''],
    ['--max-age', '26h', '--alerts'],
  ])('refuses %s %s %s', async (...args) => {
    const output: string[] = [];
    const stderr = new Writable({
      write: (chunk: Buffer, _, done) => done((output.push(chunk.toString()), null)),
    });
    const program = buildProgram({ stdout: stderr, stderr }, () => output.push('exit code'));
    for (const command of program.commands)
      command.exitOverride().configureOutput({ writeErr: () => undefined });
    await expect(program.parseAsync(['node', 'kore-sync', 'check', ...args])).rejects.toMatchObject({
      exitCode: 1,
    });
    expect(output).toEqual([]);
  });
});
