import { failed, ok, type Finding } from '../core/finding.ts';
import { readCanaries } from '../roster/canaries.ts';
import { SyncError } from '../core/errors.ts';
import { describeError } from './find.ts';

export const CANARIES = 'canaries';

/** @param path as CANARIES names it; null: there are none */
export async function checkCanaries(path: string | null): Promise<Finding> {
  if (path === null) return ok(CANARIES, 'none: CANARIES is not set');
  try {
    const canaries = await readCanaries(path);
    return ok(CANARIES, `${canaries.length} in ${path}`);
  } catch (error) {
    const faults = error instanceof SyncError ? error.faults : [];
    return failed(CANARIES, [describeError(error), ...faults].join('\n'));
  }
}
