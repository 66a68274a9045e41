import type { LocalTime } from '../../../src/report/headline.ts';
import type { PersonChange, ReportedChange, RunChanges } from '../../../src/store/reading/report-outcome.ts';
import type { Sample } from '../../../src/store/reading/report-sample.ts';
import type { ReportedRun } from '../../../src/store/reading/report-run.ts';
import type { RunReading } from '../../../src/store/reading/report.ts';

export const UTC: LocalTime = {
  zone: 'UTC',
  describeTime: (iso) => iso.slice(0, 16).replace('T', ' '),
  describeDay: (iso) => iso.slice(0, 10),
};

const NOTHING = { total: 0, rows: [] };

export const RUN: ReportedRun = {
  run_id: 30,
  run_key: 'nightly-20261121T020000Z',
  trigger: 'schedule',
  scope: 'all',
  dry_run: false,
  status: 'published',
  partial: false,
  opened_at: '2026-11-21T02:00:00.1+00:00',
  as_of: '2026-11-21T02:14:00.2+00:00',
  published_at: '2026-11-21T02:14:05.3+00:00',
  coverage: 1,
  entries: 1204,
  rejected: 2,
  duplicates: 1,
  found: 1200,
  absent: 4,
  unanswered: 0,
  changes: 0,
  reasons: [],
  decided_by: null,
  decided_at: null,
  decision_reason: null,
  baseline: false,
};

/** A night on which nothing happened, the 30th. */
export const QUIET: RunReading = {
  run: RUN,
  outcome: {
    is: 'published',
    changes: { counts: [], adminRoles: NOTHING, botRoles: NOTHING, joiners: NOTHING, leavers: NOTHING },
  },
  unconfirmed: NOTHING,
  findings: {
    night: { run_id: 30, run_key: RUN.run_key, as_of: RUN.as_of ?? '', coverage: 1, changes: 0 },
    orphaned: NOTHING,
    dormant: NOTHING,
    flags: NOTHING,
  },
  nights: Array.from({ length: 30 }, (_, at) => ({
    run_id: at + 1,
    as_of: new Date(Date.UTC(2026, 9, 23 + at, 2, 14)).toISOString(),
    coverage: at === 17 ? 0.931 : at % 7 === 3 ? 0.987 : 1,
    granted: (at * 7919) % 17,
    revoked: (at * 104_729) % 9,
    source_changed: at % 3,
    admin_changes: at % 4,
  })),
  holders: {
    total: 11,
    rows: ['Account Owner', 'Billing Admin', 'Bot Manager'].map((role_name, role) => ({
      role_id: `a-${role}`,
      role_name,
      holders: Object.fromEntries(
        Array.from({ length: 30 - role * 4 }, (_, at) => [
          String(at + 1 + role * 4),
          (3 - role) * 4 + (Math.floor((at * 5) / (3 + role)) % 4),
        ]),
      ),
    })),
  },
};

/** Names that would run, move what stands beside them, or not fit. */
export const HOSTILE = [
  '<script>globalThis.hostile = 1</script>',
  '"><img src=x onerror="globalThis.hostile = 1">',
  "' onmouseover='globalThis.hostile = 1",
  '</style><svg onload="globalThis.hostile = 1">',
  '=HYPERLINK("http://example.com/","y")',
  '\u202egnp.exe\u2066',
  'שלום עולם',
  'a\nb\u001b[2J\u0000',
  'ÄÖ漢字'.repeat(60),
  'W'.repeat(300),
  '&lt;b&gt; &amp;',
];

const EVENTFUL_CHANGES = makeChanges();

/** A night in which everything happened, to people and things with such names. */
export const EVENTFUL: RunReading = makeEventful();

function nameOf(at: number): string {
  return HOSTILE[at % HOSTILE.length] ?? '';
}

function emailOf(at: number): string {
  return `${nameOf(at)}@example.com`;
}

function makePeople(kind: PersonChange['kind']): Sample<PersonChange> {
  const rows = HOSTILE.map((_, at) => ({
    kind,
    user_id: `u-${at}`,
    email: emailOf(at),
    roles: at,
    admin_roles: at % 3,
  }));
  return { total: rows.length, rows };
}

function makeChanges(): RunChanges {
  return {
    counts: [
      { kind: 'role_granted', scope: 'admin', changes: 7 },
      { kind: 'role_granted', scope: 'bot', changes: 5200 },
      { kind: 'role_revoked', scope: 'admin', changes: 4 },
      { kind: 'role_revoked', scope: 'bot', changes: 10 },
      { kind: 'group_joined', scope: null, changes: 12 },
      { kind: 'role_renamed', scope: 'bot', changes: 1 },
      { kind: 'role_renamed', scope: 'admin', changes: 2 },
    ],
    adminRoles: { total: 11, rows: HOSTILE.map((_, at) => makeChange('admin', at)) },
    botRoles: { total: 5210, rows: HOSTILE.map((_, at) => makeChange('bot', at)) },
    joiners: makePeople('user_added'),
    leavers: makePeople('user_removed'),
  };
}

function makeEventful(): RunReading {
  return {
    ...QUIET,
    run: { ...RUN, partial: true, coverage: 0.978, found: 1160, absent: 17, unanswered: 27, changes: 5300 },
    outcome: { is: 'published', changes: EVENTFUL_CHANGES },
    unconfirmed: {
      total: 27,
      rows: HOSTILE.map((_, at) => ({
        user_id: `u-${at}`,
        email: emailOf(at),
        last_confirmed_at: at === 0 ? null : '2026-11-19T02:14:00Z',
        valid_from: '2026-11-20T02:14:00Z',
      })),
    },
    findings: {
      night: { run_id: 31, run_key: 'x', as_of: '2026-11-22T02:14:00Z', coverage: 1, changes: 0 },
      orphaned: {
        total: 11,
        rows: HOSTILE.map((_, at) => ({
          user_id: `u-${at}`,
          email: at === 1 ? null : emailOf(at),
          status: at === 2 ? null : nameOf(at + 3),
          in_roster: at % 2 === 0,
          roles: 1 + at,
          admin_roles: at % 2,
        })),
      },
      dormant: {
        total: 11,
        rows: HOSTILE.map((_, at) => ({
          user_id: `u-${at}`,
          email: emailOf(at),
          role_names: [nameOf(at), nameOf(at + 1)],
          last_login: at === 0 ? null : '2026-05-01T00:00:00Z',
          first_seen_at: '2026-01-01T00:00:00Z',
        })),
      },
      flags: {
        total: 11,
        rows: HOSTILE.map((_, at) => ({ user_id: `u-${at}`, email: emailOf(at), status: nameOf(at) })),
      },
    },
    holders: {
      total: 30,
      rows: QUIET.holders.rows.map((role, at) => ({ ...role, role_name: nameOf(at + 7) })),
    },
  };
}

function makeChange(scope: 'admin' | 'bot', at: number): ReportedChange {
  const kind = at % 5 === 4 ? 'role_source_changed' : at % 3 === 2 ? 'role_revoked' : 'role_granted';
  const direct = { direct: true, via_groups: [] };
  const inherited = { direct: false, via_groups: [nameOf(at + 4), nameOf(at + 5)] };
  return {
    kind,
    user_id: `u-${at}`,
    email: `${nameOf(at + 2)}@example.com`,
    scope,
    role_id: `r-${at}`,
    role_name: nameOf(at + 1),
    bot_id: scope === 'bot' ? 'b-1' : null,
    bot_name: scope === 'bot' ? nameOf(at) : null,
    group_id: null,
    group_name: null,
    task_kind: null,
    task_id: null,
    before: kind === 'role_granted' ? null : direct,
    after: kind === 'role_revoked' ? null : inherited,
    not_before: at === 3 ? null : '2026-11-20T02:14:00Z',
  };
}

/** Held by the guard: all of it a plan. */
export const HELD: RunReading = {
  ...EVENTFUL,
  run: {
    ...EVENTFUL.run,
    status: 'held',
    partial: false,
    published_at: null,
    reasons: ['412 of 3,980 users (10.4%) would be removed, limit 5%', 'a canary came back wrong'],
  },
  outcome: { is: 'planned', changes: { ...EVENTFUL_CHANGES, botRoles: NOTHING, joiners: NOTHING } },
  holders: QUIET.holders,
  findings: QUIET.findings,
  unconfirmed: null,
};

/** Failed before anything was answered, in a database without a night. */
export const FAILED: RunReading = {
  ...QUIET,
  run: {
    ...RUN,
    run_id: 1,
    status: 'failed',
    as_of: null,
    published_at: null,
    coverage: null,
    found: 0,
    absent: 0,
  },
  outcome: { is: 'unfinished', error: `The token was refused. ${HOSTILE[0] ?? ''}` },
  unconfirmed: null,
  findings: null,
  nights: [],
  holders: NOTHING,
};
