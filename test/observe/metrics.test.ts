import parse from 'parse-prometheus-text-format';
import { describe, expect, test } from 'vitest';
import type { DatabaseFigures } from '../../src/core/database-figures.ts';
import { createMetrics, type ScrapedFigures } from '../../src/observe/metrics.ts';
import { loadFigures } from '../../src/store/metrics.ts';
import { openStore } from '../support/store.ts';

const LABELS = {
  runStatuses: ['open', 'published', 'failed'],
  changeKinds: ['role_granted', 'role_revoked'],
  alertStatuses: ['pending', 'delivered', 'dead'],
  failureKinds: ['timeout', 'unauthorized'],
};

const FIGURES: DatabaseFigures = {
  runs: { published: 3 },
  answers: { found: 30, absent: 2, unanswered: 1 },
  changes: { role_granted: 4 },
  alerts: { delivered: 2 },
  coverage: 0.97,
  lastGoodAt: new Date('2027-06-01T02:10:00Z'),
  lastGoodAgeSeconds: 3_600.5,
  nextDue: new Date('2027-06-02T02:00:00Z'),
  openRunAgeSeconds: null,
  blockedSeconds: 0,
  budgets: [
    { windowMs: 60_000, free: 58 },
    { windowMs: 3_600_000, free: 1_700 },
  ],
};

type Metric = ReturnType<typeof parse>[number];

async function scrape(
  figures: ScrapedFigures,
  metrics = createMetrics(LABELS),
): Promise<Map<string, Metric>> {
  const parsed = parse(await metrics.render(figures));
  return new Map(parsed.map((metric) => [metric.name, metric]));
}

/** One value per set of labels, as text such as `kind=found`. */
function valuesOf(metric: Metric | undefined): Record<string, string | undefined> {
  return Object.fromEntries(
    (metric?.metrics ?? []).map(({ value, labels = {} }) => [
      Object.entries(labels)
        .map(([name, label]) => `${name}=${label}`)
        .join(),
      value,
    ]),
  );
}

describe('metrics', () => {
  test('say what the database says, and 0 for what has not happened yet', async () => {
    const scraped = await scrape({ database: FIGURES, queue: { runs: 0, batches: 12, alerts: 1 } });
    expect(valuesOf(scraped.get('kore_sync_runs'))).toEqual({
      'status=open': '0',
      'status=published': '3',
      'status=failed': '0',
    });
    expect(valuesOf(scraped.get('kore_sync_changes_total'))).toEqual({
      'kind=role_granted': '4',
      'kind=role_revoked': '0',
    });
    expect(valuesOf(scraped.get('kore_sync_answers_total'))).toMatchObject({ 'kind=unanswered': '1' });
    expect(valuesOf(scraped.get('kore_sync_queue_jobs'))).toMatchObject({ 'lane=batches': '12' });
    expect(valuesOf(scraped.get('kore_sync_api_budget_free_calls'))).toEqual({
      'window_seconds=60': '58',
      'window_seconds=3600': '1700',
    });
    expect(valuesOf(scraped.get('kore_sync_last_good_night_age_seconds'))).toEqual({ '': '3600.5' });
    expect(valuesOf(scraped.get('kore_sync_open_run_age_seconds'))).toEqual({ '': '0' });
    expect(valuesOf(scraped.get('kore_sync_database_up'))).toEqual({ '': '1' });
  });

  test('count the calls of this process, by how they ended', async () => {
    const metrics = createMetrics(LABELS);
    metrics.recordCall({ durationMs: 300, failure: null });
    metrics.recordCall({ durationMs: 12_000, failure: 'timeout' });
    const scraped = await scrape({ database: null, queue: null }, metrics);
    expect(valuesOf(scraped.get('kore_sync_api_call_failures_total'))).toEqual({
      'kind=timeout': '1',
      'kind=unauthorized': '0',
    });
    expect(scraped.get('kore_sync_api_call_duration_seconds')?.type).toBe('HISTOGRAM');
  });

  test('say nothing of a database that does not answer, not even what it said before', async () => {
    const metrics = createMetrics(LABELS);
    await scrape({ database: FIGURES, queue: { runs: 1 } }, metrics);
    const scraped = await scrape({ database: null, queue: null }, metrics);
    expect(valuesOf(scraped.get('kore_sync_database_up'))).toEqual({ '': '0' });
    expect(valuesOf(scraped.get('kore_sync_queue_up'))).toEqual({ '': '0' });
    for (const name of [
      'runs',
      'last_good_night_age_seconds',
      'queue_jobs',
      'answers_total',
      'blocked_seconds',
    ]) {
      expect(scraped.get(`kore_sync_${name}`)?.metrics ?? []).toEqual([]);
    }
  });

  test('have names and units by the conventions of Prometheus', async () => {
    const metrics = createMetrics(LABELS);
    const ours = [...(await scrape({ database: FIGURES, queue: { runs: 1 } }, metrics)).values()].filter(
      ({ name }) => name.startsWith('kore_sync_'),
    );
    expect(ours.length).toBeGreaterThan(12);
    for (const { name, type, help } of ours) {
      expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'COUNTER');
      expect(name, 'base units').not.toMatch(/_(?:ms|milliseconds|minutes|hours|days|percent|kb|mb)(?:_|$)/);
      if (type === 'HISTOGRAM') expect(name).toMatch(/_seconds$/);
      expect(help).toMatch(/^[A-Z0-9].*\.$/);
    }
  });

  test('are read by one statement from a database with nothing in it, and from one with nights in it', async () => {
    const { database, query } = await openStore(2);
    const limits = [{ calls: 60, windowMs: 60_000 }];
    expect(await loadFigures(database, limits)).toMatchObject({
      runs: {},
      changes: {},
      coverage: null,
      lastGoodAgeSeconds: null,
      budgets: [{ windowMs: 60_000, free: 60 }],
    });
    await query(`
      INSERT INTO runs (key, trigger, status, as_of, published_at, coverage, found, changes_by_kind)
      VALUES ('a', 'schedule', 'published', '2027-01-01', now(), 1, 7, '{"role_granted": 2}'),
             ('b', 'schedule', 'published', '2027-01-02', now(), 0.5, 8, '{"role_granted": 3, "role_revoked": 1}'),
             ('c', 'schedule', 'failed', null, null, null, 100, '{"role_granted": 100}');
      INSERT INTO api_calls (taken_at, answered_at) VALUES (now(), now()), (now(), NULL), (now(), now() - interval '2 minutes')`);
    expect(await loadFigures(database, limits)).toMatchObject({
      runs: { published: 2, failed: 1 },
      answers: { found: 15, absent: 0, unanswered: 0 },
      changes: { role_granted: 5, role_revoked: 1 },
      coverage: 0.5,
      lastGoodAt: new Date('2027-01-02'),
      budgets: [{ windowMs: 60_000, free: 58 }],
    });
  });
});
