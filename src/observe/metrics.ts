import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Counts, DatabaseFigures } from '../core/database-figures.ts';

/** One API call of this process. `failure`: its kind; null where it was answered. */
export interface MeasuredCall {
  readonly durationMs: number;
  readonly failure: string | null;
}

/** What is read at each scrape. Null: could not be read, or there is none yet; nothing is said of it. */
export interface ScrapedFigures {
  readonly database: DatabaseFigures | null;
  /** Jobs by lane. */
  readonly queue: Counts | null;
}

export interface Metrics {
  /** The type of what `render` returns. */
  readonly contentType: string;
  readonly recordCall: (call: MeasuredCall) => void;
  /** In the text format of Prometheus. */
  render(figures: ScrapedFigures): Promise<string>;
}

/** Kinds that can be: a series that appears with its first failure would hide that failure from `increase()`. */
export interface MetricLabels {
  readonly runStatuses: readonly string[];
  readonly changeKinds: readonly string[];
  readonly alertStatuses: readonly string[];
  readonly failureKinds: readonly string[];
}

/** From a tenth of a second to the longest time-out. */
const CALL_BUCKETS_S = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

const ANSWER_KINDS = ['found', 'absent', 'unanswered'];

/** Names and units by the conventions of Prometheus: base units, and `_total` for what only grows. */
export function createMetrics(labels: MetricLabels): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const calls = createCallMetrics(register, labels.failureKinds);
  const scraped = createScrapedMetrics(register);
  return {
    contentType: register.contentType,
    recordCall: calls,
    async render({ database, queue }) {
      scraped.databaseUp.set(database === null ? 0 : 1);
      scraped.queueUp.set(queue === null ? 0 : 1);
      setByLabel(scraped.queueJobs, queue ?? {});
      if (database === null) forget(scraped);
      else setFromDatabase(scraped, database, labels);
      return register.metrics();
    },
  };
}

function createCallMetrics(
  register: Registry,
  failureKinds: readonly string[],
): (call: MeasuredCall) => void {
  const duration = new Histogram({
    name: 'kore_sync_api_call_duration_seconds',
    help: 'API calls of this process, from sending to the end of the reply or the failure.',
    labelNames: ['outcome'],
    buckets: CALL_BUCKETS_S,
    registers: [register],
  });
  const failures = new Counter({
    name: 'kore_sync_api_call_failures_total',
    help: 'API calls of this process that failed as a whole, by kind.',
    labelNames: ['kind'],
    registers: [register],
  });
  for (const outcome of ['answered', 'failed']) duration.zero({ outcome });
  for (const kind of failureKinds) failures.inc({ kind }, 0);
  return ({ durationMs, failure }) => {
    duration.observe({ outcome: failure === null ? 'answered' : 'failed' }, durationMs / 1_000);
    if (failure !== null) failures.inc({ kind: failure });
  };
}

type ScrapedMetrics = ReturnType<typeof createScrapedMetrics>;

function createScrapedMetrics(register: Registry) {
  const registers = [register];
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `kore_sync_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string) =>
    new Counter({ name: `kore_sync_${name}_total`, help, labelNames: ['kind'], registers });
  const byLabel = {
    runs: gauge('runs', 'Runs in the database by status.', 'status'),
    answers: counter('answers', 'Entries asked about by all published runs, by answer.'),
    changes: counter('changes', 'Changes of all published runs, by kind.'),
    alerts: gauge('alerts', 'Alerts in the outbox by status of their delivery.', 'status'),
    budget: gauge('api_budget_free_calls', 'API calls that the budget has places for now.', 'window_seconds'),
  };
  const single = {
    coverage: gauge('last_good_night_coverage_ratio', 'Share of its entries that were answered, 0 to 1.'),
    lastGoodAt: gauge('last_good_night_timestamp_seconds', 'Instant of its last answer.'),
    lastGoodAge: gauge('last_good_night_age_seconds', 'Time since then, by the clock of the database.'),
    nextDue: gauge('next_night_timestamp_seconds', 'When the scheduler begins the next night.'),
    openRunAge: gauge('open_run_age_seconds', 'Time since the open run was opened; 0: none is open.'),
    blocked: gauge('api_blocked_seconds', 'For how long no API call is made; 0: calls are made.'),
  };
  return {
    byLabel,
    single,
    databaseUp: gauge('database_up', '1: the database answered at this scrape.'),
    queueUp: gauge('queue_up', '1: the queue answered at this scrape.'),
    queueJobs: gauge('queue_jobs', 'Jobs waiting, delayed or running, by lane.', 'lane'),
  };
}

function setFromDatabase(
  { byLabel, single }: ScrapedMetrics,
  figures: DatabaseFigures,
  labels: MetricLabels,
): void {
  setByLabel(byLabel.runs, { ...zeros(labels.runStatuses), ...figures.runs });
  setByLabel(byLabel.alerts, { ...zeros(labels.alertStatuses), ...figures.alerts });
  countByKind(byLabel.answers, { ...zeros(ANSWER_KINDS), ...figures.answers });
  countByKind(byLabel.changes, { ...zeros(labels.changeKinds), ...figures.changes });
  const free = figures.budgets.map((budget) => [String(budget.windowMs / 1_000), budget.free] as const);
  setByLabel(byLabel.budget, Object.fromEntries(free));
  setOrForget(single.coverage, figures.coverage);
  setOrForget(single.lastGoodAt, toSeconds(figures.lastGoodAt));
  setOrForget(single.lastGoodAge, figures.lastGoodAgeSeconds);
  setOrForget(single.nextDue, toSeconds(figures.nextDue));
  single.openRunAge.set(figures.openRunAgeSeconds ?? 0);
  single.blocked.set(figures.blockedSeconds);
}

/** What cannot be read is left out: the last value would look like news. */
function forget({ byLabel, single }: ScrapedMetrics): void {
  for (const metric of Object.values(byLabel)) metric.reset();
  for (const metric of Object.values(single)) metric.remove();
}

function zeros(labels: readonly string[]): Counts {
  return Object.fromEntries(labels.map((label) => [label, 0]));
}

function setByLabel(gauge: Gauge, values: Counts): void {
  gauge.reset();
  for (const [label, value] of Object.entries(values)) gauge.labels(label).set(value);
}

/** The database counts; this only passes it on. */
function countByKind(counter: Counter<'kind'>, counts: Counts): void {
  counter.reset();
  for (const [kind, n] of Object.entries(counts)) counter.inc({ kind }, n);
}

function setOrForget(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}

function toSeconds(instant: Date | null): number | null {
  return instant === null ? null : instant.getTime() / 1_000;
}
