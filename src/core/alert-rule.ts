import type { ChangeKind, Scope } from './change.ts';
import { RUN_EVENT_KINDS, type RunEventKind } from './run-event.ts';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const ALERT_SOURCES = ['direct', 'inherited'] as const;
export type AlertSource = (typeof ALERT_SOURCES)[number];

export const ROLE_CHANGE_KINDS = [
  'role_granted',
  'role_revoked',
  'role_source_changed',
] as const satisfies readonly ChangeKind[];

/**
 * What is worth telling somebody, and through which channels.
 *
 * A change matches where it is of one of the kinds and meets every condition; a condition that is null is met by
 * any. Globs (`*`: any characters, `?`: one) are compared without regard to case with an id and with a name, the
 * earlier name of a rename included. A change without a role meets no condition on roles, and so on.
 */
export interface AlertRule {
  /** Letters, digits and `._-`: it stands in headers and subjects. Unique among the rules of a run. */
  readonly name: string;
  readonly severity: Severity;
  /** Names of channels. Where they lead is not stored with a run: an address of a channel is a secret (I8). */
  readonly channels: readonly string[];
  readonly events: readonly RunEventKind[];
  readonly changes: readonly ChangeKind[];
  readonly scope: Scope | null;
  /**
   * Of a grant as it is, or was where it ended. What the platform never said may be either, and matches both: a
   * grant that nobody hears of is the worse mistake.
   */
  readonly source: AlertSource | null;
  readonly roles: readonly string[] | null;
  readonly bots: readonly string[] | null;
  /** Groups joined, left or renamed, and those through which a grant comes or came. */
  readonly groups: readonly string[] | null;
  /** By email or user id. */
  readonly users: readonly string[] | null;
}

/** As they are stored with a run, so that a later edit rejudges no old night. */
export type AlertRules = readonly AlertRule[];

/** The pattern of SQL's LIKE that matches what a glob does. */
export function toLikePattern(glob: string): string {
  return glob
    .replaceAll(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}

const ANY = { scope: null, source: null, roles: null, bots: null, groups: null, users: null } as const;

/** Without a file of rules: every role change and every event of a night, to these channels or else to the log. */
export function quickRules(channels: readonly string[]): AlertRules {
  const common = {
    ...ANY,
    severity: 'warning',
    channels: channels.length === 0 ? ['log'] : channels,
  } as const;
  return [
    { ...common, name: 'role-changes', changes: ROLE_CHANGE_KINDS, events: [] },
    { ...common, name: 'nights', changes: [], events: RUN_EVENT_KINDS },
  ];
}
