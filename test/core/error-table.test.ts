import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFailure, type ApiFailure, type UnauthorizedReason } from '../../src/core/api-failure.ts';
import { decideFailure, type Decision, type StopCode } from '../../src/core/error-table.ts';
import type { Streak } from '../../src/core/outage.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const REASONS: Readonly<Record<UnauthorizedReason, true>> = {
  invalid_credentials: true,
  bad_token: true,
  scope: true,
  jti: true,
  replay: true,
  clock: true,
  jwe: true,
  unknown: true,
};

type Kind = ApiFailure['kind'];

/** Declared here a second time: a row of the table that changes has to be changed in two places, on purpose. */
const EXPECTED: Readonly<
  Record<Exclude<Kind, 'unauthorized'>, [attempts: number, finally_: Decision['action']]>
> = {
  forbidden: [1, 'stop'],
  not_found: [3, 'stop'],
  method_not_allowed: [1, 'stop'],
  precondition_failed: [1, 'split'],
  bad_request: [1, 'split'],
  too_large: [1, 'split'],
  reply_too_large: [1, 'split'],
  rate_limited: [24, 'give_up'],
  server_error: [6, 'split'],
  unavailable: [10, 'split'],
  not_json: [5, 'split'],
  truncated: [5, 'split'],
  empty: [5, 'split'],
  wrong_content_type: [5, 'split'],
  encrypted: [2, 'stop'],
  redirect: [3, 'stop'],
  reset: [6, 'split'],
  timeout: [6, 'split'],
  dns: [10, 'stop'],
  tls: [3, 'stop'],
  refused: [10, 'stop'],
  cancelled: [Infinity, 'give_up'],
  unknown: [5, 'split'],
};

describe.each(Object.entries(EXPECTED))('%s', (kind, [attempts, last]) => {
  const failure = makeFailure(kind);

  test(`is tried ${attempts} times, then: ${last}`, () => {
    if (attempts > 1) {
      expect(decide(failure, Math.min(attempts - 1, 1_000)).action).toMatch(/^(retry|pause)$/);
    }
    if (attempts !== Infinity) expect(decide(failure, attempts).action).toBe(last);
  });

  test('never splits a batch of one', () => {
    for (let attempt = 1; attempt <= 30; attempt++) {
      expect(decide(failure, attempt, { batchSize: 1 }).action).not.toBe('split');
    }
  });
});

describe('a refused token', () => {
  test.each(Object.keys(REASONS).filter((reason) => reason !== 'replay'))(
    'stops the run at once: %s',
    (reason) => {
      expect(decide(unauthorized(reason), 1).action).toBe('stop');
    },
  );

  test('is tried again where it is taken for a replay, since the next one is fresh', () => {
    expect([1, 2, 3].map((attempt) => decide(unauthorized('replay'), attempt).action)).toEqual([
      'retry',
      'retry',
      'stop',
    ]);
  });

  test.each([
    ['invalid_credentials', ['KORE_CLIENT_ID', 'KORE_CLIENT_SECRET', 'Admin Console', 'User Management']],
    ['scope', ['User Management > User Management', 'Admin Console']],
    ['jti', ['JTI', 'clock']],
    ['jwe', ['KORE_JWE_PUBLIC_KEY']],
    ['unknown', ['KORE_CLIENT_ID', 'KORE_CLIENT_SECRET', 'JTI', 'Admin Console']],
  ])('says what to check: %s', (reason, words) => {
    const decision = decide({ ...unauthorized(reason), message: 'Invalid SDK credentials' }, 1);
    for (const word of [...words, 'HTTP 401', 'Invalid SDK credentials']) {
      expect(decision).toMatchObject({ action: 'stop', advice: expect.stringContaining(word) as unknown });
    }
  });
});

describe('Retry-After', () => {
  test.each([
    ['half a minute', 30 * SECOND],
    ['three hours', 3 * HOUR],
  ])('of %s is not undercut and hardly exceeded', (_, retryAfterMs) => {
    for (const kind of ['rate_limited', 'unavailable', 'server_error']) {
      for (const random of [0, 0.999]) {
        const delayMs = delayOf(decide({ ...makeFailure(kind), retryAfterMs }, 1, { random: () => random }));
        expect(delayMs).toBeGreaterThanOrEqual(retryAfterMs);
        expect(delayMs).toBeLessThanOrEqual(retryAfterMs + 5 * SECOND);
      }
    }
  });

  test('of weeks is waited for by nobody', () => {
    for (const kind of ['rate_limited', 'unavailable']) {
      const failure = { ...makeFailure(kind), retryAfterMs: 30 * 24 * HOUR };
      expect(decide(failure, 1, { batchSize: 1 }).action).toBe('give_up');
    }
  });
});

test('an attempt that was cancelled counts for nothing: the batch is as due as before', () => {
  expect(decide({ kind: 'cancelled' }, 99)).toEqual({ action: 'retry', delayMs: 0 });
});

test('a batch that is given up says why, after how many attempts', () => {
  const failure: ApiFailure = { kind: 'server_error', status: 500, message: 'boom' };
  expect(decide(failure, 6, { batchSize: 1 })).toEqual({
    action: 'give_up',
    reason: 'server_error, HTTP 500: "boom" (attempt 6)',
  });
});

test.each<[ApiFailure, string]>([
  [{ kind: 'timeout', phase: 'response' }, 'timeout, in phase response'],
  [
    { kind: 'redirect', status: 302, location: 'https://a.example' },
    'redirect, to https://a.example, HTTP 302',
  ],
  [{ kind: 'refused', code: 'ECONNREFUSED' }, 'refused, ECONNREFUSED'],
  [
    { kind: 'unauthorized', reason: 'scope', status: 401, message: 'No!' },
    'unauthorized, scope, HTTP 401: "No!"',
  ],
])('%j is described as %j', (failure, words) => {
  expect(describeFailure(failure)).toBe(words);
});

test('every failure comes to an end, and every delay is a whole number within a day and some seconds', () => {
  const failures = fc.record(
    {
      kind: fc.constantFrom(...Object.keys(EXPECTED)),
      retryAfterMs: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
    },
    { requiredKeys: ['kind'] },
  );
  const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(failures, fc.integer({ min: 1, max: 1_000 }), randoms, (failure, attempt, random) => {
      const { kind, retryAfterMs } = failure;
      const decision = decide(
        { ...makeFailure(kind), ...(retryAfterMs !== undefined && { retryAfterMs }) },
        attempt,
        { random: () => random },
      );
      if (decision.action !== 'retry' && decision.action !== 'pause') return;
      expect(Number.isInteger(decision.delayMs)).toBe(true);
      expect(decision.delayMs).toBeGreaterThanOrEqual(0);
      expect(decision.delayMs).toBeLessThanOrEqual(24 * HOUR + 5 * SECOND);
      expect(attempt < 24 || kind === 'cancelled').toBe(true);
    }),
  );
});

describe('a single reply that would stop the run', () => {
  const STOPPING = ['encrypted', 'redirect', 'not_found', 'tls'] as const;

  test.each(STOPPING)('is asked again where the failures before it were others: %s', (kind) => {
    expect(decide({ kind }, 5, { isRepeated: false }).action).toBe('retry');
    expect(decide({ kind }, 5, { isRepeated: true }).action).toBe('stop');
    expect(decide({ kind }, 5).action).toBe('stop');
  });

  test('is believed after ten attempts, whatever they were', () => {
    expect(decide({ kind: 'redirect' }, 9, { isRepeated: false }).action).toBe('retry');
    expect(decide({ kind: 'redirect' }, 10, { isRepeated: false }).action).toBe('stop');
  });

  test('is believed at once where nothing else is ever meant by it', () => {
    expect(decide(unauthorized('scope'), 5, { isRepeated: false }).action).toBe('stop');
    expect(decide({ kind: 'forbidden' }, 1, { isRepeated: false }).action).toBe('stop');
  });
});

describe('a failure within a streak of the whole run', () => {
  const streak = (differences: Partial<Streak>): Streak => ({
    trouble: 'down',
    failures: 12,
    lastingMs: MINUTE,
    suspectsOnly: false,
    ...differences,
  });
  const FOR_LONG = { failures: 99, lastingMs: HOUR };

  test('neither splits nor gives up the batch, whatever attempts it has made', () => {
    for (const kind of ['server_error', 'unavailable', 'rate_limited']) {
      const trouble = kind === 'rate_limited' ? 'refusing' : 'down';
      const decision = decide(makeFailure(kind), 99, { streak: streak({ trouble }) });
      expect(decision).toMatchObject({ action: 'pause', isSuspect: false });
    }
  });

  test.each([
    [
      'unavailable',
      streak(FOR_LONG),
      /^The account has answered none of the last 99 calls, for 60 minutes: unavailable.*status page/,
    ],
    ['refused', streak(FOR_LONG), /none of the last 99 calls.*Nothing answers at KORE_HOST/],
    [
      'rate_limited',
      streak({ trouble: 'refusing', lastingMs: 20 * HOUR }),
      /refused every call for 20\.0 hours.*RATE_PER_HOUR/,
    ],
  ])('that has lasted too long stops the run, to be tried again later: %s', (kind, lasting, advice) => {
    expect(decide(makeFailure(kind), 1, { streak: lasting })).toEqual({
      action: 'stop',
      code: 'KORE_UNREACHABLE',
      advice: expect.stringMatching(advice) as unknown,
    });
  });

  test('is given up where only suspects are left and the next night is near', () => {
    const lasting = streak({ trouble: 'refusing', lastingMs: 20 * HOUR, suspectsOnly: true });
    expect(decide(makeFailure('rate_limited'), 1, { streak: lasting }).action).toBe('give_up');
    expect(decide({ kind: 'unavailable', retryAfterMs: 24 * HOUR }, 1, { batchSize: 1 }).action).toBe(
      'give_up',
    );
  });

  test('stops the run at once where a person must act', () => {
    expect(decide({ kind: 'encrypted' }, 2, { streak: streak({}) })).toMatchObject({
      action: 'stop',
      code: 'KORE_REFUSED',
    });
  });
});

test.each<[ApiFailure['kind'], StopCode]>([
  ['dns', 'KORE_UNREACHABLE'],
  ['refused', 'KORE_UNREACHABLE'],
  ['tls', 'KORE_UNREACHABLE'],
  ['forbidden', 'KORE_REFUSED'],
  ['not_found', 'KORE_REFUSED'],
  ['redirect', 'KORE_REFUSED'],
  ['method_not_allowed', 'KORE_REFUSED'],
])('a stop says whether it may be over by itself: %s, %s', (kind, code) => {
  expect(decide(makeFailure(kind), 99)).toMatchObject({ action: 'stop', code });
});

function makeFailure(kind: string): ApiFailure {
  if (kind === 'timeout') return { kind, phase: 'response' };
  return { kind } as ApiFailure; // the table's own keys, of which only `timeout` and `unauthorized` need more
}

function unauthorized(reason: string): ApiFailure {
  return { kind: 'unauthorized', reason: reason as UnauthorizedReason, status: 401 }; // a key of REASONS
}

function decide(
  failure: ApiFailure,
  attempt: number,
  context: { random?: () => number; batchSize?: number; isRepeated?: boolean; streak?: Streak } = {},
): Decision {
  return decideFailure(failure, { attempt, random: () => 0.5, batchSize: 50, ...context });
}

function delayOf(decision: Decision): number {
  if (decision.action !== 'retry' && decision.action !== 'pause')
    throw new Error(`expected a retry, got ${decision.action}`);
  return decision.delayMs;
}
