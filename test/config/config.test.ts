import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  callerDirectory,
  parseConfig,
  parseSyncConfig,
  readSurroundings,
  type Environment,
} from '../../src/config/config.ts';
import { quickRules } from '../../src/core/alert-rule.ts';
import { SyncError } from '../../src/core/errors.ts';
import { parseStartConfig } from '../../src/config/start-config.ts';
import { Secret } from '../../src/core/secret.ts';
import { ENVIRONMENT } from '../../src/config/environment.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const PLACE = { cwd: '/home/ops', isRoot: false };
const CLIENT_SECRET = 'marker+secret/7Hq2';

const ENOUGH: Environment = {
  KORE_HOST: 'https://platform.kore.ai',
  KORE_CLIENT_ID: 'cs-1a2b3c',
  KORE_CLIENT_SECRET: CLIENT_SECRET,
  ROSTER: 'staff.csv',
};

let folder: string;
beforeAll(async () => {
  folder = await makeTemporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

function errorOf(parse: () => unknown): SyncError {
  try {
    parse();
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
  throw new Error('expected an error, but the configuration was taken');
}

/** The faults of a configuration that is enough but for these variables. */
function faultsOf(env: Environment, cwd = PLACE.cwd): readonly string[] {
  return errorOf(() => parseSyncConfig({ ...ENOUGH, ...env }, { ...PLACE, cwd })).faults;
}

describe('the configuration of a run', () => {
  it('has a default for whatever is not about the account', () => {
    const config = parseSyncConfig(ENOUGH, PLACE);
    expect(config).toEqual({
      dataDir: '/home/ops/.kore-sync',
      databaseUrl: null,
      redisUrl: null,
      logLevel: 'info',
      unmaskEmails: false,
      secrets: [config.kore.clientSecret],
      kore: {
        host: 'https://platform.kore.ai',
        clientId: 'cs-1a2b3c',
        clientSecret: config.kore.clientSecret,
        jwePublicKey: null,
      },
      roster: { source: { kind: 'file', path: '/home/ops/staff.csv' }, column: null },
      batchSize: 50,
      concurrency: 4,
      rateLimits: { perMinute: 60, perHour: 1800 },
      guardLimits: {
        maxRemovedPercent: 5,
        maxRevokedPercent: 10,
        maxGrantedPercent: 25,
        maxAdminChanges: 20,
        minCoveragePercent: 90,
      },
      canaries: null,
      heartbeatUrl: null,
      alerts: { rules: quickRules([]), channels: [{ name: 'log', kind: 'log' }] },
    });
    expect(config.kore.clientSecret.reveal()).toBe(CLIENT_SECRET);
  });

  it('takes every variable', async () => {
    const key = { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'k1' };
    await writeFile(join(folder, 'key.json'), JSON.stringify(key));
    const config = parseSyncConfig(
      {
        ...ENOUGH,
        KORE_HOST: 'HTTPS://Platform.Kore.AI:8443/',
        KORE_JWE_PUBLIC_KEY: 'key.json',
        ROSTER: '-',
        ROSTER_COLUMN: 'Work mail',
        DATABASE_URL: 'postgres://sync@db/directory',
        REDIS_URL: 'rediss://cache:6380',
        DATA_DIR: 'data',
        BATCH_SIZE: '1000',
        CONCURRENCY: '1',
        RATE_PER_MINUTE: '0',
        RATE_PER_HOUR: '3600',
        GUARD_MAX_REMOVED_PERCENT: '0',
        GUARD_MAX_REVOKED_PERCENT: '2.5',
        GUARD_MAX_GRANTED_PERCENT: '100',
        GUARD_MAX_ADMIN_CHANGES: '0',
        GUARD_MIN_COVERAGE_PERCENT: '99.9',
        LOG_LEVEL: 'trace',
      },
      { cwd: folder, isRoot: true, defaultLogLevel: 'warn' },
    );
    expect(config).toMatchObject({
      dataDir: join(folder, 'data'),
      logLevel: 'trace',
      kore: { host: 'https://platform.kore.ai:8443', jwePublicKey: key },
      roster: { source: { kind: 'stdin' }, column: 'Work mail' },
      batchSize: 1000,
      concurrency: 1,
      rateLimits: { perMinute: null, perHour: 3600 },
      guardLimits: {
        maxRemovedPercent: 0,
        maxRevokedPercent: 2.5,
        maxGrantedPercent: 100,
        maxAdminChanges: 0,
        minCoveragePercent: 99.9,
      },
    });
    expect(config.databaseUrl?.reveal()).toBe('postgres://sync@db/directory');
    expect(config.redisUrl?.reveal()).toBe('rediss://cache:6380');
  });

  it('takes the listing of the account for a roster', () => {
    const { roster } = parseSyncConfig({ ...ENOUGH, ROSTER: 'kore:alluserroles' }, PLACE);
    expect(roster).toEqual({ source: { kind: 'listing' }, column: null });
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(
      ENVIRONMENT.flatMap(({ name }) => [
        [name, ''],
        [`${name}_FILE`, ''],
      ]),
    );
    expect(parseSyncConfig({ ...empty, ...ENOUGH }, PLACE)).toEqual(parseSyncConfig(ENOUGH, PLACE));
    expect(errorOf(() => parseSyncConfig(empty, PLACE)).faults).toEqual(
      errorOf(() => parseSyncConfig({}, PLACE)).faults,
    );
  });

  it('cannot be changed, however deep', () => {
    const config = parseSyncConfig(ENOUGH, PLACE);
    for (const part of [config, config.kore, config.roster, config.roster.source, config.secrets]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe('a faulty configuration', () => {
  it('is refused with all its faults at once, in the order of the documentation', () => {
    const error = errorOf(() =>
      parseSyncConfig(
        {
          KORE_HOST: 'platform.kore.ai',
          KORE_CLIENT_SECRET: ` ${CLIENT_SECRET}`,
          ROSTER: 'kore:allusers',
          DATABASE_URL: `mysql://root:${CLIENT_SECRET}@db/x`,
          REDIS_URL: 'cache:6379',
          BATCH_SIZE: '0',
          CONCURRENCY: 'four',
          RATE_PER_MINUTE: '-1',
          RATE_PER_HOUR: '1e3',
          GUARD_MAX_REMOVED_PERCENT: '5%',
          GUARD_MAX_GRANTED_PERCENT: '101',
          GUARD_MAX_ADMIN_CHANGES: '2.5',
          LOG_LEVEL: 'INFO',
        },
        PLACE,
      ),
    );
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toBe('The configuration has 14 faults');
    expect(error.faults).toEqual([
      'KORE_HOST is "platform.kore.ai"; expected an address with its scheme, such as https://platform.kore.ai',
      'KORE_CLIENT_ID is not set; expected the client id of the app made in the Admin Console',
      'KORE_CLIENT_SECRET is set (not shown); expected no space or line break at its start or end',
      'ROSTER is "kore:allusers"; expected kore:alluserroles, the only listing of Kore.ai that names everybody',
      'DATABASE_URL is set (not shown); expected postgres://user:password@host:5432/database, with special characters of the password percent-encoded',
      'REDIS_URL is set (not shown); expected redis://host:6379 or rediss://user:password@host:6379, with special characters of the password percent-encoded',
      'BATCH_SIZE is "0"; expected a whole number from 1 to 1000',
      'CONCURRENCY is "four"; expected a whole number from 1 to 64',
      'RATE_PER_MINUTE is "-1"; expected a whole number from 0 to 1000000',
      'RATE_PER_HOUR is "1e3"; expected a whole number from 0 to 1000000',
      'GUARD_MAX_REMOVED_PERCENT is "5%"; expected a percentage from 0 to 100, without a % sign',
      'GUARD_MAX_GRANTED_PERCENT is "101"; expected a percentage from 0 to 100, without a % sign',
      'GUARD_MAX_ADMIN_CHANGES is "2.5"; expected a whole number from 0 to 1000000',
      'LOG_LEVEL is "INFO"; expected one of fatal, error, warn, info, debug, trace, silent',
    ]);
  });

  it('names a listing that does not exist, and a column that a listing does not have', () => {
    expect(faultsOf({ ROSTER: 'kore:alluserroles', ROSTER_COLUMN: 'Email', BATCH_SIZE: '0' })).toEqual([
      'ROSTER_COLUMN is "Email"; expected no value: kore:alluserroles has no columns',
      'BATCH_SIZE is "0"; expected a whole number from 1 to 1000',
    ]);
    expect(faultsOf({ ROSTER: 'kore:groups', ROSTER_COLUMN: 'Email' })).toEqual([
      'ROSTER is "kore:groups"; expected kore:alluserroles, the only listing of Kore.ai that names everybody',
    ]);
    expect(faultsOf({ ROSTER: 'https://example.com/staff.csv' })).toEqual([
      'ROSTER is "https://example.com/staff.csv"; expected the path of a .txt, .csv, .json or .jsonl file, - for standard input, or kore:alluserroles: there is no other source',
    ]);
  });

  it('names what is missing', () => {
    expect(errorOf(() => parseSyncConfig({}, PLACE)).faults).toEqual([
      'KORE_HOST is not set; expected the address of Kore.ai with its scheme, such as https://platform.kore.ai',
      'KORE_CLIENT_ID is not set; expected the client id of the app made in the Admin Console',
      'KORE_CLIENT_SECRET is not set; expected the client secret of the app made in the Admin Console',
      'ROSTER is not set; expected the path of a .txt, .csv, .json or .jsonl file, - for standard input, or kore:alluserroles',
    ]);
  });

  it('says so of one variable alone', () => {
    const error = errorOf(() => parseSyncConfig({ ...ENOUGH, BATCH_SIZE: '1001' }, PLACE));
    expect(error.message).toBe('The configuration has one fault');
  });

  it('shows one line per fault, whatever was in the variable', () => {
    expect(faultsOf({ BATCH_SIZE: `50\r\n${'9'.repeat(200)}` })).toEqual([
      `BATCH_SIZE is "50\\r\\n${'9'.repeat(76)}…"; expected a whole number from 1 to 1000`,
    ]);
  });

  it('shows no secret, whichever variable it was put into', () => {
    const names = ENVIRONMENT.map(({ name }) => name).filter((name) => name !== 'KORE_CLIENT_SECRET');
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...names), { minLength: 1 }),
        fc.constantFrom('', 'https://', 'https://user:', 'postgres://:', ' '),
        fc.constantFrom('', '@host', '/', '?key', '\n'),
        (wrong, before, after) => {
          const env: Record<string, string | undefined> = { ...ENOUGH, BATCH_SIZE: 'faulty' };
          for (const name of wrong) env[name] = `${before}${CLIENT_SECRET}${after}`;
          const error = errorOf(() => parseSyncConfig(env, PLACE));
          const text = [inspect(error), error.message, ...error.faults].join('\n');
          expect(text).not.toContain(CLIENT_SECRET);
        },
      ),
    );
  });
});

describe('KORE_HOST', () => {
  it.each(['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080', 'http://sim.localhost'])(
    'may be plain http on this machine: %s',
    (host) => {
      expect(parseSyncConfig({ ...ENOUGH, KORE_HOST: host }, PLACE).kore.host).toBe(host);
    },
  );

  it.each([
    'http://platform.kore.ai',
    'http://10.0.0.1',
    'http://localhost.kore.ai',
    'http://127.0.0.1.kore.ai',
  ])('must be https elsewhere, since the token would travel in clear: %s', (host) => {
    expect(faultsOf({ KORE_HOST: host })).toEqual([
      `KORE_HOST is "${host}"; expected https: over http the token would travel in clear, which only this machine may see`,
    ]);
  });

  it.each(['https://kore.ai/api', 'https://kore.ai/#x', 'https://kore.ai/?a=b', 'https://me:pw@kore.ai'])(
    'has neither path nor query nor user: %s',
    (host) => {
      const [fault] = faultsOf({ KORE_HOST: host });
      expect(fault).toMatch(
        /^KORE_HOST .*; expected scheme, host and port only, without user, path or query$/,
      );
      expect(fault).not.toContain('pw');
    },
  );

  it.each(['kore.ai:443', 'ftp://kore.ai', 'https:kore.ai', 'https://', 'https://kore ai'])(
    'has a scheme and a host: %s',
    (host) => {
      expect(faultsOf({ KORE_HOST: host })[0]).toMatch(/expected an address with its scheme/);
    },
  );
});

describe('KORE_JWE_PUBLIC_KEY', () => {
  it.each([
    ['no JSON', 'oops', 'it is not valid JSON'],
    ['another kind of key', '{"kty":"EC","crv":"P-256","x":"a","y":"b"}', 'it holds something else'],
    ['a set of keys', '{"keys":[]}', 'it holds something else'],
    ['a private key', '{"kty":"RSA","n":"a","e":"b","d":"c"}', 'it holds something else'],
  ])('is refused where the file holds %s', async (_name, content, problem) => {
    await writeFile(join(folder, 'bad.json'), content);
    expect(faultsOf({ KORE_JWE_PUBLIC_KEY: 'bad.json' }, folder)).toEqual([
      `KORE_JWE_PUBLIC_KEY is "bad.json"; expected a file with the platform's public RSA key as a JSON Web Key (kty, n, e): ${problem}`,
    ]);
  });

  it('is refused where there is no file', () => {
    expect(faultsOf({ KORE_JWE_PUBLIC_KEY: 'none.json' }, folder)[0]).toMatch(/: it does not exist$/);
    expect(faultsOf({ KORE_JWE_PUBLIC_KEY: '.' }, folder)[0]).toMatch(/: it could not be read \(EISDIR\)$/);
  });
});

describe('a secret', () => {
  it.each(['KORE_CLIENT_SECRET', 'DATABASE_URL', 'REDIS_URL'])('may come from a file: %s', async (name) => {
    const value = name === 'REDIS_URL' ? 'redis://cache' : 'postgres://db/x';
    await writeFile(join(folder, 'secret'), `${value}\r\n`);
    const env = { ...ENOUGH, [name]: undefined, [`${name}_FILE`]: 'secret' };
    const config = parseSyncConfig(env, { ...PLACE, cwd: folder });
    const values = [config.kore.clientSecret, config.databaseUrl, config.redisUrl];
    expect(values.map((secret) => secret?.reveal())).toContain(value);
  });

  it('from a file loses one line end, and no more', async () => {
    await writeFile(join(folder, 'secret'), `${CLIENT_SECRET}\n\n`);
    expect(faultsOf({ KORE_CLIENT_SECRET: '', KORE_CLIENT_SECRET_FILE: 'secret' }, folder)).toEqual([
      'KORE_CLIENT_SECRET is set (not shown); expected no space or line break at its start or end',
    ]);
  });

  it('cannot be given twice, by a missing file or by an empty one', async () => {
    await writeFile(join(folder, 'empty'), '\n');
    const error = errorOf(() =>
      parseSyncConfig(
        {
          ...ENOUGH,
          KORE_CLIENT_SECRET_FILE: 'empty',
          DATABASE_URL_FILE: 'none',
          REDIS_URL_FILE: 'empty',
        },
        { ...PLACE, cwd: folder },
      ),
    );
    expect(error.faults).toEqual([
      'KORE_CLIENT_SECRET and KORE_CLIENT_SECRET_FILE are both set; expected one of them',
      'DATABASE_URL_FILE is set (not shown); expected the path of a file that holds the value: it does not exist',
      'REDIS_URL_FILE is set (not shown); expected the path of a file that holds the value: it is empty',
    ]);
  });

  it('is the only kind of variable that a file may hold', async () => {
    await writeFile(join(folder, 'size'), '7\n');
    expect(parseSyncConfig({ ...ENOUGH, BATCH_SIZE_FILE: 'size' }, { ...PLACE, cwd: folder }).batchSize).toBe(
      50,
    );
  });

  it('prints as [redacted] in every way', () => {
    const secret = new Secret(CLIENT_SECRET);
    const texts = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9 }),
      ['', secret].join(''),
    ];
    for (const text of texts) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain(CLIENT_SECRET);
    }
    expect(inspect(parseSyncConfig(ENOUGH, PLACE), { depth: 9, showHidden: true })).not.toContain(
      CLIENT_SECRET,
    );
  });

  it('is listed for the log to scrub, with the password inside a connection string', () => {
    const config = parseConfig(
      { DATABASE_URL: 'postgresql://sync:p%40ssword-1@db/x', REDIS_URL: 'redis://:short@cache' },
      PLACE,
    );
    expect(config.secrets.map((secret) => secret.reveal())).toEqual([
      'postgresql://sync:p%40ssword-1@db/x',
      'p%40ssword-1',
      'p@ssword-1',
      'redis://:short@cache',
    ]);
  });
});

describe('the configuration of a command that asks nobody', () => {
  it('needs no account and no roster', () => {
    expect(parseConfig({}, PLACE)).toEqual({
      dataDir: '/home/ops/.kore-sync',
      databaseUrl: null,
      redisUrl: null,
      logLevel: 'info',
      unmaskEmails: false,
      secrets: [],
    });
  });

  it('does not judge variables it has no use for', () => {
    expect(() => parseConfig({ KORE_HOST: 'nonsense', BATCH_SIZE: '0' }, PLACE)).not.toThrow();
    expect(errorOf(() => parseConfig({ LOG_LEVEL: 'loud', BATCH_SIZE: '0' }, PLACE)).faults).toHaveLength(1);
  });

  it('keeps its data where the user of the database can reach it, as root', () => {
    expect(parseConfig({}, { ...PLACE, isRoot: true }).dataDir).toBe('/var/lib/kore-sync');
    expect(parseConfig({ DATA_DIR: 'x' }, { ...PLACE, isRoot: true }).dataDir).toBe('/home/ops/x');
  });

  it('logs as much as the command wants, unless told otherwise', () => {
    const place = { ...PLACE, defaultLogLevel: 'warn' as const };
    expect(parseConfig({}, place).logLevel).toBe('warn');
    expect(parseConfig({ LOG_LEVEL: 'debug' }, place).logLevel).toBe('debug');
  });
});

describe('relative paths', () => {
  const npm = { INIT_CWD: '/home/ops/lists', npm_package_json: '/opt/kore/package.json' };

  it('count from where npm run was called', () => {
    expect(callerDirectory(npm, '/opt/kore')).toBe('/home/ops/lists');
  });

  it('count from where a process is that something under npm run started elsewhere', () => {
    expect(callerDirectory(npm, '/tmp/work')).toBe('/tmp/work');
  });

  it('count from the working directory without npm', () => {
    expect(callerDirectory({}, '/opt/kore')).toBe('/opt/kore');
    expect(callerDirectory({ INIT_CWD: '/home/ops' }, '/opt/kore')).toBe('/opt/kore');
  });

  it('of this process count from a directory that exists', async () => {
    const { env, surroundings } = readSurroundings();
    expect(env).toBe(process.env);
    expect(surroundings.isRoot).toBe(process.getuid?.() === 0);
    expect((await stat(surroundings.cwd)).isDirectory()).toBe(true);
  });
});

describe('the table of the environment', () => {
  it('has each variable once, with defaults that are valid', () => {
    const names = ENVIRONMENT.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const defaults = Object.fromEntries(
      ENVIRONMENT.map(({ name, default: preset }) => [name, preset ?? undefined]),
    );
    expect(parseSyncConfig({ ...defaults, ...ENOUGH }, PLACE)).toEqual(parseSyncConfig(ENOUGH, PLACE));
  });

  it('has no variable that does nothing', () => {
    for (const { name } of ENVIRONMENT) {
      const read: string[] = [];
      const env = new Proxy<Record<string, string>>({}, { get: (_, key) => void read.push(String(key)) });
      errorOf(() => parseStartConfig(env, PLACE, null));
      expect(read).toContain(name);
    }
  });
});
