/**
 * What was found of one requirement. Only `failed` keeps a night from going well; a `warning` is something that
 * will, or may, one day. `not_tried` rests on what has failed, or was not asked for.
 */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'not_tried';

export interface Finding {
  readonly requirement: string;
  readonly status: FindingStatus;
  /** What was seen, put so that it goes on from the requirement. Counts, but no address and no secret (I8). */
  readonly seen: string;
  /** What to do; null where there is nothing to do. */
  readonly remedy: string | null;
}

export function ok(requirement: string, seen: string): Finding {
  return { requirement, status: 'ok', seen, remedy: null };
}

export function warning(requirement: string, seen: string, remedy: string): Finding {
  return { requirement, status: 'warning', seen, remedy };
}

export function failed(requirement: string, seen: string, remedy: string | null = null): Finding {
  return { requirement, status: 'failed', seen, remedy };
}

/** `needs` names the requirement this one rests on. */
export function notTried(requirement: string, needs: string): Finding {
  return { requirement, status: 'not_tried', seen: `needs ${needs}`, remedy: null };
}
