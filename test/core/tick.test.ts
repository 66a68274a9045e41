import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { computeReopenDelayMs, planTick, type NightState, type OwnRun } from '../../src/core/tick.ts';

const DUE = new Date('2027-03-28T01:30:00Z');
const NEXT = new Date('2027-03-29T00:30:00Z');
const MINUTE_MS = 60_000;

const NEW: NightState = { promised: DUE, isCovered: false, open: null, own: null };
const FAILED: OwnRun = {
  runId: '7',
  status: 'failed',
  openings: 1,
  errorCode: 'KORE_UNREACHABLE',
  closedAt: new Date(DUE.getTime() + 45 * MINUTE_MS),
};

function tickAt(minutes: number, state: Partial<NightState> = {}, startedAt = new Date(0)) {
  const now = new Date(DUE.getTime() + minutes * MINUTE_MS);
  return planTick({ ...NEW, ...state }, { due: DUE, next: NEXT, now, startedAt });
}

describe('a night that is due', () => {
  test('is started by its tick', () => {
    expect(tickAt(0)).toEqual({ open: { trigger: 'schedule', openings: 0 }, event: null, isSettled: false });
  });

  test('that did not start within a quarter of an hour is made up for, and somebody hears of it', () => {
    expect(tickAt(14)).toMatchObject({ open: { trigger: 'catch-up' }, event: null });
    expect(tickAt(15)).toMatchObject({
      open: { trigger: 'catch-up' },
      event: {
        kind: 'not_started',
        runId: null,
        detail: expect.stringContaining('nightly-20270328T013000Z') as unknown,
      },
    });
  });

  test('of a database that no scheduler has promised anything is made up for in silence', () => {
    expect(tickAt(600, { promised: null })).toMatchObject({ open: { trigger: 'catch-up' }, event: null });
  });

  test('is owed nothing where it was never promised: the schedule has changed, or a clock was put back', () => {
    expect(tickAt(600, { promised: NEXT })).toEqual({ open: null, event: null, isSettled: true });
  });

  test('is owed nothing where a run of everybody has been planned since', () => {
    expect(tickAt(5, { isCovered: true })).toEqual({ open: null, event: null, isSettled: true });
  });

  test('that finds another run open is skipped aloud, and stays owed until that run has a plan', () => {
    expect(tickAt(0, { open: { runId: '6', key: 'manual-1' } })).toMatchObject({
      open: null,
      event: { kind: 'skipped', runId: null, detail: expect.stringContaining('run 6 (manual-1)') as unknown },
      isSettled: false,
    });
  });

  test('that is open is late after half the time to the next', () => {
    const own = { ...FAILED, status: 'open' as const, errorCode: null, closedAt: null };
    const half = (NEXT.getTime() - DUE.getTime()) / MINUTE_MS / 2;
    expect(tickAt(half, { own })).toEqual({ open: null, event: null, isSettled: true });
    expect(tickAt(half + 1, { own })).toMatchObject({ open: null, event: { kind: 'late', runId: '7' } });
  });

  test('that failed for the network is opened again, less and less often', () => {
    expect(tickAt(49, { own: FAILED }).open).toBeNull();
    expect(tickAt(50, { own: FAILED }).open).toEqual({ trigger: 'schedule', openings: 1 });
    const delays = [1, 2, 3, 4, 5, 6, 60].map((openings) =>
      computeReopenDelayMs('KORE_UNREACHABLE', openings),
    );
    expect(delays.map((delayMs) => (delayMs ?? 0) / MINUTE_MS)).toEqual([5, 10, 20, 40, 60, 60, 60]);
  });

  test.each(['KORE_REFUSED', 'ACCOUNT_MISMATCH', 'BASE_MOVED', 'INTERNAL', null])(
    'that failed with %s waits for a person',
    (errorCode) => {
      expect(tickAt(600, { own: { ...FAILED, errorCode } }).open).toBeNull();
    },
  );

  test('that failed is opened again at once, whatever for, by a scheduler that was started since', () => {
    const own = { ...FAILED, errorCode: 'KORE_REFUSED' };
    const later = new Date(DUE.getTime() + 46 * MINUTE_MS);
    expect(tickAt(46, { own }, later).open).toEqual({ trigger: 'schedule', openings: 1 });
    expect(tickAt(46, { own }, FAILED.closedAt ?? later).open).toBeNull();
  });

  test.each(['ROSTER_UNREADABLE', 'ROSTER_EMPTY', 'ROSTER_INCOMPLETE', 'CANARIES_UNREADABLE'])(
    'that failed with %s is tried again: a file that was put right need not wait for a day',
    (errorCode) => {
      expect(tickAt(600, { own: { ...FAILED, errorCode } }).open).not.toBeNull();
    },
  );

  test('that failed is left alone while another run is open, and after one that counts for it', () => {
    expect(tickAt(600, { own: FAILED, open: { runId: '8', key: 'manual-2' } })).toMatchObject({
      open: null,
      event: null,
    });
    expect(tickAt(600, { own: FAILED, isCovered: true })).toMatchObject({ open: null, event: null });
  });
});

test('whatever the state, no run is opened beside an open one, nor twice for one night that has ended well', () => {
  const own = fc.option(
    fc.record<OwnRun>({
      runId: fc.constant('7'),
      status: fc.constantFrom('open', 'planned', 'held', 'published', 'rejected', 'superseded', 'failed'),
      openings: fc.integer({ min: 1, max: 99 }),
      errorCode: fc.constantFrom(null, 'KORE_UNREACHABLE', 'KORE_REFUSED'),
      closedAt: fc.option(fc.constant(DUE)),
    }),
  );
  const states = fc.record<NightState>({
    promised: fc.constantFrom(null, DUE, NEXT, new Date('2027-01-01')),
    isCovered: fc.boolean(),
    open: fc.constantFrom(null, { runId: '9', key: 'manual-9' }),
    own,
  });
  fc.assert(
    fc.property(states, fc.integer({ min: 0, max: 23 * 60 }), (state, minutes) => {
      const { open } = tickAt(minutes, state);
      if (state.open !== null || state.isCovered) expect(open).toBeNull();
      if (state.own !== null && state.own.status !== 'failed') expect(open).toBeNull();
      if (open !== null) expect(open.openings).toBe(state.own?.openings ?? 0);
    }),
  );
});
