import type { ProgressView } from '../../src/cli/progress.ts';

/** Nobody watches. */
export const SILENT_VIEW: ProgressView = {
  update: () => undefined,
  note: () => undefined,
  end: () => undefined,
};
