import type { Servers } from './servers.ts';

/** What every case has in common. */
export interface Bench {
  readonly servers: Servers;
  readonly signal: AbortSignal;
  /** Told what is under way. */
  readonly onProgress: (text: string) => void;
}
