import type { Severity } from './alert-rule.ts';
import type { ChangeKind } from './change.ts';
import type { ReadableChange } from './readable-change.ts';
import type { RunEventKind } from './run-event.ts';

/** One published change that an alert is about, as `directory.changes` has it. */
export interface AlertItem extends ReadableChange {
  readonly changeId: string;
  /** ISO 8601. Null: nobody had looked before. */
  readonly notBefore: string | null;
  /** How many changes of this alert are about the same person, this one included. */
  readonly ofPerson: number;
}

/** Everything there is to say in one alert, with the first items only (I11). */
export interface AlertFacts {
  /** Stable across retries; whoever receives it twice can tell. */
  readonly key: string;
  readonly rule: string;
  readonly severity: Severity;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Host of the account; null in a sample. */
  readonly account: string | null;
  readonly run: {
    readonly id: string;
    readonly key: string;
    readonly asOf: string | null;
    /** Its link in the hash chain, in hexadecimal; null where it was not published. */
    readonly head: string | null;
  } | null;
  readonly event: { readonly kind: RunEventKind; readonly detail: string } | null;
  readonly counts: AlertCounts;
  /** Those of one person stand together, whoever has the weightiest change first. */
  readonly items: readonly AlertItem[];
  /** Sent by hand, to see whether it arrives. */
  readonly isSample: boolean;
}

export interface AlertCounts {
  readonly total: number;
  readonly byKind: Readonly<Partial<Record<ChangeKind, number>>>;
  /** Changes of whom or what nobody had looked at before: they say nothing of when it happened. */
  readonly firstSeen: { readonly changes: number; readonly people: number; readonly adminGrants: number };
}

/** What `alerts test` sends. Nobody in it exists. */
export function sampleFacts(key: string, createdAt: string): AlertFacts {
  return {
    key,
    rule: 'sample',
    severity: 'info',
    createdAt,
    account: null,
    run: null,
    event: null,
    counts: {
      total: 1,
      byKind: { role_granted: 1 },
      firstSeen: { changes: 0, people: 0, adminGrants: 0 },
    },
    items: [
      {
        changeId: '0',
        kind: 'role_granted',
        notBefore: createdAt,
        userId: 'u-sample',
        email: 'sample@example.com',
        scope: 'admin',
        roleId: 'role-sample',
        roleName: 'Sample role',
        botId: null,
        botName: null,
        groupId: null,
        groupName: null,
        taskKind: null,
        taskId: null,
        before: null,
        after: { direct: true, via_groups: [] },
        ofPerson: 1,
      },
    ],
    isSample: true,
  };
}
