import { z } from 'zod';
import {
  deepFreeze,
  invalid,
  parseSettings,
  parseSyncConfig,
  type Environment,
  type Surroundings,
  type SyncConfig,
} from './config.ts';
import { SyncError } from '../core/errors.ts';
import { LISTING_NAME } from '../core/roster-entry.ts';
import { startSettings, type CronSetting } from './start-settings.ts';

/** What the unattended service needs besides. */
export interface StartConfig extends SyncConfig {
  readonly schedule: CronSetting & { readonly timeZone: string };
  /** Port null: nothing is served. */
  readonly server: { readonly port: number | null; readonly address: string };
  /** How old the last good night may be while this process calls itself ready. */
  readonly readyMaxAgeMs: number;
}

/** Which part of the service a process is; null: all of it. */
export type StartPart = 'scheduler' | 'worker';

/** Reads what the unattended service needs: in the manner of `parseConfig`, all that a run needs, and more. */
export function parseStartConfig(
  env: Environment,
  surroundings: Surroundings,
  only: StartPart | null,
): StartConfig {
  const sync = tryParse(() => parseSyncConfig(env, surroundings));
  const service = tryParse(() => parseSettings(z.object(startSettings()), env, surroundings));
  const unfit = 'value' in sync ? findUnfit(sync.value, only) : [];
  if (!('value' in sync) || !('value' in service) || unfit.length > 0) {
    throw invalid([
      ...('value' in sync ? [] : sync.faults),
      ...unfit,
      ...('value' in service ? [] : service.faults),
    ]);
  }
  const { SYNC_CRON, SYNC_TIMEZONE, PORT, BIND_ADDRESS, READY_MAX_AGE } = service.value;
  return deepFreeze({
    ...sync.value,
    schedule: { ...SYNC_CRON, timeZone: SYNC_TIMEZONE },
    server: { port: PORT ?? null, address: BIND_ADDRESS },
    readyMaxAgeMs: READY_MAX_AGE,
  });
}

/** What a single run may have, and a service may not. */
function findUnfit({ roster, databaseUrl }: SyncConfig, only: StartPart | null): string[] {
  return [
    ...(roster.source.kind === 'stdin'
      ? [`ROSTER is "-"; expected a file or ${LISTING_NAME}: nobody feeds a service a list every night`]
      : []),
    ...(only !== null && databaseUrl === null
      ? [
          `DATABASE_URL is not set; expected one that the scheduler and the workers share: the database that comes along belongs to one machine, where start without --only does both`,
        ]
      : []),
  ];
}

/** A fault in one part must not hide those in another. */
function tryParse<T>(parse: () => T): { readonly value: T } | { readonly faults: readonly string[] } {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof SyncError && error.code === 'CONFIG_INVALID') return { faults: error.faults };
    throw error;
  }
}
