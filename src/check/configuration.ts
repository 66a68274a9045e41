import { createClient } from '../app.ts';
import {
  parseConfig,
  parseSyncConfig,
  type Environment,
  type StorageConfig,
  type Surroundings,
  type SyncConfig,
} from '../config/config.ts';
import { SyncError } from '../core/errors.ts';
import { failed, ok, type Finding } from '../core/finding.ts';
import { LISTING_NAME } from '../core/roster-entry.ts';
import { parseStartConfig, type StartConfig } from '../config/start-config.ts';

export const CONFIGURATION = 'configuration';

/** What could be read. Each part holds the ones before it. */
export interface CheckedConfiguration {
  readonly findings: readonly Finding[];
  readonly storage: StorageConfig | null;
  readonly sync: SyncConfig | null;
  readonly schedule: StartConfig['schedule'] | null;
}

/** Reads as much as there is to be read. Every fault is a finding of its own. */
export function checkConfiguration(env: Environment, surroundings: Surroundings): CheckedConfiguration {
  const sync = attempt(() => withUsableKeys(parseSyncConfig(env, surroundings)));
  // That a service takes no standard input is said of the schedule: for `sync` it is no fault.
  const isPiped = 'value' in sync && sync.value.roster.source.kind === 'stdin';
  const serviceEnv = isPiped ? { ...env, ROSTER: LISTING_NAME, ROSTER_COLUMN: '' } : env;
  const service = attempt(() => parseStartConfig(serviceEnv, surroundings, null));
  const storage = 'value' in sync ? sync : attempt(() => parseConfig(env, surroundings));
  const faults = new Set([sync, service].flatMap((read) => ('value' in read ? [] : read.faults)));
  return {
    findings:
      faults.size === 0
        ? [ok(CONFIGURATION, 'complete')]
        : Array.from(faults, (fault) => failed(CONFIGURATION, fault)),
    storage: 'value' in storage ? storage.value : null,
    sync: 'value' in sync ? sync.value : null,
    schedule: 'value' in service ? service.value.schedule : null,
  };
}

/** A key for JWE can be well-formed and of no use: the client finds out when it is made. */
function withUsableKeys(config: SyncConfig): SyncConfig {
  createClient(config).close();
  return config;
}

function attempt<T>(parse: () => T): { readonly value: T } | { readonly faults: readonly string[] } {
  try {
    return { value: parse() };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { faults: error.faults.length > 0 ? error.faults : [error.message] };
  }
}
