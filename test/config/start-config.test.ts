import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/config/config.ts';
import { SyncError } from '../../src/core/errors.ts';
import { parseStartConfig, type StartPart } from '../../src/config/start-config.ts';

const PLACE = { cwd: '/home/ops', isRoot: false };
const ENOUGH: Environment = {
  KORE_HOST: 'https://platform.kore.ai',
  KORE_CLIENT_ID: 'cs-1a2b3c',
  KORE_CLIENT_SECRET: 'marker+secret/7Hq2',
  ROSTER: 'staff.csv',
};

function parse(env: Environment = {}, only: StartPart | null = null) {
  return parseStartConfig({ ...ENOUGH, ...env }, PLACE, only);
}

function faultsOf(env: Environment, only: StartPart | null = null): readonly string[] {
  try {
    parse(env, only);
  } catch (error) {
    if (error instanceof SyncError && error.code === 'CONFIG_INVALID') return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration of the service', () => {
  test('is that of a night at two in UTC, with nothing served, where nothing is said', () => {
    const { schedule, server, readyMaxAgeMs, heartbeatUrl } = parse();
    expect(schedule).toMatchObject({
      expression: '0 2 * * *',
      timeZone: 'UTC',
      cron: { hours: [2], minutes: [0] },
    });
    expect(schedule.cron.daysOfMonth).toHaveLength(31);
    expect({ server, readyMaxAgeMs, heartbeatUrl }).toEqual({
      server: { port: null, address: '127.0.0.1' },
      readyMaxAgeMs: 26 * 3_600_000,
      heartbeatUrl: null,
    });
  });

  test.each([
    ['0 2 * * 7', { daysOfWeek: [0] }],
    ['0 2 * * mon-fri', { daysOfWeek: [1, 2, 3, 4, 5] }],
    ['15 2,14 1 jan *', { minutes: [15], hours: [2, 14], daysOfMonth: [1], months: [1] }],
    ['@weekly', { minutes: [0], hours: [0], daysOfWeek: [0] }],
    ['*/30 * * * *', { minutes: [0, 30] }],
  ])('reads the schedule %s', (SYNC_CRON, cron) => {
    expect(parse({ SYNC_CRON }).schedule.cron).toMatchObject(cron);
  });

  test.each([
    ['* * *', /got 3$/],
    ['0 25 * * *', /25 is a invalid expression for hour$/],
    ['0 2 30 2 *', /impossible day of month/],
    ['30 0 2 * * *', /does not begin at a second$/],
    ['0 0 2 * * *', /does not begin at a second$/],
    ['0 2 L * *', /L, W and # are not known here$/],
    ['0 2 * * 1#2', /L, W and # are not known here$/],
    ['0 2 1 * 1', /either days of the month or days of the week/],
    ['every night', /SYNC_CRON is "every night"; expected five fields/],
  ])('refuses the schedule %s', (SYNC_CRON, fault) => {
    expect(faultsOf({ SYNC_CRON })).toEqual([expect.stringMatching(fault)]);
  });

  test.each(['Europe/Atlantis', '+02:00', 'local time'])('refuses the time zone %s', (SYNC_TIMEZONE) => {
    expect(faultsOf({ SYNC_TIMEZONE })).toEqual([expect.stringMatching(/expected a time zone by its name/)]);
  });

  test('takes time zones in any case, as the system does', () => {
    expect(parse({ SYNC_TIMEZONE: 'europe/berlin' }).schedule.timeZone).toBe('europe/berlin');
  });

  test('reports every fault at once, those of a run among them', () => {
    const faults = faultsOf({
      KORE_HOST: 'kore',
      SYNC_CRON: 'x',
      PORT: '0',
      BIND_ADDRESS: 'eth0',
      READY_MAX_AGE: '26',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'KORE_HOST',
      'SYNC_CRON',
      'PORT',
      'BIND_ADDRESS',
      'READY_MAX_AGE',
    ]);
  });

  test('refuses standard input as the roster: nobody feeds a service', () => {
    expect(faultsOf({ ROSTER: '-' })).toEqual([expect.stringMatching(/^ROSTER is "-"; expected a file/)]);
  });

  test.each(['scheduler', 'worker'] as const)(
    'refuses a %s alone without a database that others can reach',
    (only) => {
      expect(faultsOf({ REDIS_URL: 'redis://localhost' }, only)).toEqual([
        expect.stringMatching(/^DATABASE_URL is not set/),
      ]);
      expect(faultsOf({ DATABASE_URL: 'postgres://localhost/kore' }, only)).toEqual([]);
    },
  );

  test.each(['http://hc.example.com/abc', 'hc.example.com/abc', 'https://hc.example.com/abc?x=1'])(
    'refuses the heartbeat address %s, and does not show it',
    (HEARTBEAT_URL) => {
      const [fault = ''] = faultsOf({ HEARTBEAT_URL });
      expect(fault).toMatch(/^HEARTBEAT_URL is set \(not shown\); expected the ping address/);
      expect(fault).not.toContain('abc');
    },
  );

  test('keeps the heartbeat address out of every log', () => {
    const { heartbeatUrl, secrets } = parse({ HEARTBEAT_URL: 'https://hc.example.com/ping/abc/' });
    expect(heartbeatUrl?.reveal()).toBe('https://hc.example.com/ping/abc');
    expect(secrets).toContain(heartbeatUrl);
  });
});
