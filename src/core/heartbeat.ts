/** What a watcher outside is told of a night. */
export interface Heartbeat {
  readonly signal: 'start' | 'success' | 'fail';
  /** A UUID, the same for the beginning and the end of one opening of a run. */
  readonly id: string;
  /** For a person; without secrets and a person's data. */
  readonly text: string;
}

export type HeartbeatOutcome =
  { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly isPermanent: boolean };

/** The run whose signal is due, as the database has it. */
export interface RunNews {
  readonly runId: string;
  readonly openings: number;
  readonly heartbeatId: string;
  readonly status: string;
  readonly changes: number;
  readonly unanswered: number;
  readonly error: string | null;
  readonly reasons: readonly string[];
}

const MAX_TEXT = 2_000;

/** Published is success, partial or not. Held is a failure: what analysts read gets older until somebody decides. */
export function toHeartbeat(news: RunNews): Heartbeat {
  return { ...describeNews(news), id: news.heartbeatId };
}

function describeNews(news: RunNews): Pick<Heartbeat, 'signal' | 'text'> {
  const { runId, status, changes, unanswered } = news;
  switch (status) {
    case 'open':
      return { signal: 'start', text: `Run ${runId} is open.` };
    case 'published':
      return {
        signal: 'success',
        text: `Run ${runId} is published: changes ${changes}, unanswered ${unanswered}.`,
      };
    default: {
      const why = news.error ?? news.reasons.join('; ');
      return { signal: 'fail', text: `Run ${runId} is ${status}: ${why}`.slice(0, MAX_TEXT) };
    }
  }
}
