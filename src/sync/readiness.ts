import { judgeFreshness } from '../core/freshness.ts';
import { loadLastGoodNight } from '../store/freshness.ts';
import type { SyncContext } from './context.ts';

export interface Readiness {
  readonly isReady: boolean;
  /** One for each thing that was looked at, with what is wrong and what to do. */
  readonly lines: readonly string[];
}

/** Whoever asks has a time-out too, and a reason is better than none. */
const PATIENCE_MS = 4_000;

/** Whether nights can be run, and what analysts read is young enough. Never rejects, and answers within seconds. */
export async function checkReadiness(
  { database, queues }: Pick<SyncContext, 'database' | 'queues'>,
  maxAgeMs: number,
): Promise<Readiness> {
  const [night, queue] = await Promise.all([
    inTime(() => loadLastGoodNight(database)),
    inTime(() => queues.heldJobs('runs')),
  ]);
  const queueLine = queue.ok ? 'ok' : queue.reason;
  if (!night.ok) {
    return { isReady: false, lines: [`database: ${night.reason}`, `queue: ${queueLine}`] };
  }
  const { isFresh, detail } = judgeFreshness(night.value, maxAgeMs);
  return {
    isReady: isFresh && queue.ok,
    lines: ['database: ok', `queue: ${queueLine}`, `nights: ${isFresh ? 'ok. ' : ''}${detail}`],
  };
}

type Asked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** The reason is the same whatever the error: its text may hold an address, and the log has it. */
async function inTime<T>(ask: () => Promise<T>): Promise<Asked<T>> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Asked<T>>((resolve) => {
    const reason = `no answer within ${PATIENCE_MS / 1_000} s`;
    timer = setTimeout(() => resolve({ ok: false, reason }), PATIENCE_MS);
  });
  const asked = ask().then(
    (value): Asked<T> => ({ ok: true, value }),
    (): Asked<T> => ({ ok: false, reason: 'cannot be reached; the log says why' }),
  );
  try {
    return await Promise.race([asked, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
