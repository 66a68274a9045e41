import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Job, jobId, laneOf, parseJob } from '../../src/queue/job.ts';

const trigger = fc.constantFrom('schedule' as const, 'catch-up' as const);

/** Jobs over the given ids, counters and run keys. */
function jobsOf(
  rowId: fc.Arbitrary<string>,
  counter: fc.Arbitrary<number>,
  runKey: fc.Arbitrary<string>,
): fc.Arbitrary<Job> {
  return fc.oneof(
    fc.record({
      name: fc.constant('nightly-sync' as const),
      payload: fc.record({ runKey, trigger, attempt: counter }),
    }),
    fc.record({
      name: fc.constant('fetch-batch' as const),
      payload: fc.record({ runId: rowId, batch: counter, attempt: counter }),
    }),
    fc.record({
      name: fc.constant('finish-run' as const),
      payload: fc.record({ runId: rowId, attempt: counter }, { requiredKeys: ['runId'] }),
    }),
    fc.record({
      name: fc.constant('deliver-alert' as const),
      payload: fc.record({ alertId: rowId, attempt: counter }),
    }),
  );
}

const anyJob = jobsOf(
  fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String),
  fc.nat({ max: 2_000_000 }),
  fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/),
);

/** So few that two of them are often the same, and made of digits that run into each other. */
const similarJob = jobsOf(
  fc.constantFrom('1', '11', '111'),
  fc.constantFrom(0, 1, 11),
  fc.constantFrom('1', '1-1', '11-1'),
);

describe('a job', () => {
  it('comes back from the queue as it went in', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const stored: unknown = JSON.parse(JSON.stringify(job.payload));
        expect(parseJob(job.name, stored)).toEqual({ ok: true, job });
      }),
    );
  });

  it('has an id that BullMQ accepts', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        expect(jobId(job)).toMatch(/^[a-z][A-Za-z0-9._-]+$/);
      }),
    );
  });

  it('shares its id with no other job', () => {
    // What triggered a run does not make it another run.
    const identity = (job: Job) =>
      job.name === 'nightly-sync'
        ? [job.name, job.payload.runKey, job.payload.attempt]
        : [job.name, Object.entries({ attempt: 0, ...job.payload }).sort()];
    fc.assert(
      fc.property(similarJob, similarJob, (one, other) => {
        const same = isDeepStrictEqual(identity(one), identity(other));
        expect(jobId(one) === jobId(other)).toBe(same);
      }),
    );
  });

  it('of an alert or a batch runs in a lane of its own, so that neither delays a run', () => {
    const lanes = [
      laneOf({
        name: 'nightly-sync',
        payload: { runKey: 'nightly-20261121T020000Z', trigger: 'schedule', attempt: 0 },
      }),
      laneOf({ name: 'finish-run', payload: { runId: '1' } }),
      laneOf({ name: 'fetch-batch', payload: { runId: '1', batch: 0, attempt: 1 } }),
      laneOf({ name: 'deliver-alert', payload: { alertId: '1', attempt: 1 } }),
    ];
    expect(lanes).toEqual(['runs', 'runs', 'batches', 'alerts']);
  });
});

describe('a payload', () => {
  it.each([
    ['a field too many', 'finish-run', { runId: '1', email: 'x' }, /payload: .*"email"/],
    ['a field too few', 'fetch-batch', { runId: '1', batch: 2 }, /payload\.attempt: /],
    ['an id that is a number', 'finish-run', { runId: 1 }, /payload\.runId: /],
    ['an id that is no row', 'finish-run', { runId: "1'; DROP TABLE runs" }, /payload\.runId: /],
    [
      'a run key with a colon',
      'nightly-sync',
      { runKey: 'nightly:1', trigger: 'schedule', attempt: 0 },
      /payload\.runKey: /,
    ],
    ['a name nobody knows', 'shred-everything', {}, /name: /],
    ['nothing at all', 'finish-run', null, /payload: /],
  ])('with %s is refused, naming the field', (_, name, payload, fault) => {
    const parsed = parseJob(name, payload);
    expect(parsed.ok ? 'accepted' : parsed.fault).toMatch(fault);
  });

  it('that is refused is not repeated in the fault', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{12}@[a-z]{12}$/), (value) => {
        const refused = [
          parseJob('nightly-sync', { runKey: value, trigger: value }),
          parseJob('fetch-batch', { runId: value, batch: value, attempt: value }),
          parseJob(value, { runId: '1' }),
        ];
        for (const parsed of refused) expect(JSON.stringify(parsed)).not.toContain(value);
      }),
    );
  });
});
