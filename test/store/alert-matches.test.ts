import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ALERT_SOURCES, type AlertRule } from '../../src/core/alert-rule.ts';
import { inTransaction } from '../../src/store/database.ts';
import { publishAudit } from '../../src/store/publish/audit.ts';
import { matchesByTheBook, type DrawnChange } from '../support/alert-matching.ts';
import { createStore, type TestStore } from '../support/store.ts';

let store: TestStore;

beforeAll(async () => {
  store = await createStore(2);
  return store.close;
});

/** Few letters and every sign that means something to somebody, so that much matches and much almost does. */
const name = fc.string({ unit: fc.constantFrom('a', 'B', '%', '_', '\\', '.'), maxLength: 3 });
const glob = fc.string({
  unit: fc.constantFrom('A', 'b', '*', '?', '%', '_', '\\'),
  minLength: 1,
  maxLength: 3,
});
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const side = fc.record({ direct: maybe(fc.boolean()), via_groups: maybe(fc.array(name, { maxLength: 2 })) });

const common = { userId: maybe(name), email: maybe(name) };
const role = {
  scope: fc.constantFrom('bot', 'admin'),
  roleId: maybe(name),
  roleName: maybe(name),
  botId: maybe(name),
  botName: maybe(name),
};
const NOTHING: DrawnChange = {
  kind: 'user_added',
  scope: null,
  roleId: null,
  roleName: null,
  botId: null,
  botName: null,
  groupId: null,
  groupName: null,
  userId: null,
  email: null,
  before: null,
  after: null,
};

const KINDS = [
  'role_granted',
  'role_revoked',
  'role_source_changed',
  'role_renamed',
  'group_joined',
  'email_changed',
] as const;

const change: fc.Arbitrary<DrawnChange> = fc
  .oneof(
    fc.record({ ...common, ...role, kind: fc.constant('role_granted'), after: side }),
    fc.record({ ...common, ...role, kind: fc.constant('role_revoked'), before: side }),
    fc.record({ ...common, ...role, kind: fc.constant('role_source_changed'), before: side, after: side }),
    fc.record({ ...role, kind: fc.constant('role_renamed'), before: maybe(name), after: name }),
    fc.record({ ...common, kind: fc.constant('group_joined'), groupId: name, groupName: maybe(name) }),
    fc.record({ ...common, kind: fc.constant('email_changed'), before: maybe(name), after: maybe(name) }),
  )
  .map((drawn) => ({ ...NOTHING, ...drawn }));

const globs = maybe(fc.array(glob, { minLength: 1, maxLength: 2 }));
const rule: fc.Arbitrary<Omit<AlertRule, 'name'>> = fc.record({
  severity: fc.constantFrom('info', 'warning', 'critical'),
  channels: fc.subarray(['log', 'slack'], { minLength: 1 }),
  events: fc.constant([]),
  changes: fc.subarray([...KINDS], { minLength: 1 }),
  scope: maybe(fc.constantFrom('bot', 'admin')),
  source: maybe(fc.constantFrom(...ALERT_SOURCES)),
  roles: globs,
  bots: globs,
  groups: globs,
  users: globs,
});

/** The published audit of such a night, as [rule, index of the change] and the outbox. */
async function publish(rules: readonly AlertRule[], changes: readonly DrawnChange[]) {
  const rows: { rule: string; index: number }[] = [];
  let alerts: object[] = [];
  await inTransaction(
    store.database.pool,
    async (connection) => {
      const inserted = await connection.query<{ id: string }>(
        `INSERT INTO runs (key, trigger, alert_rules) VALUES ('drawn', 'manual', $1::jsonb) RETURNING id`,
        [JSON.stringify(rules)],
      );
      const runId = inserted.rows[0]?.id ?? '';
      await connection.query(
        `INSERT INTO planned_changes (run_id, ordinal, kind, user_id, email, scope, role_id, role_name, bot_id, bot_name,
                                      group_id, group_name, before, after)
         SELECT $1, d.n, (c->>'kind')::change_kind, c->>'userId', c->>'email', (c->>'scope')::grant_scope, c->>'roleId',
                c->>'roleName', c->>'botId', c->>'botName', c->>'groupId', c->>'groupName',
                nullif(c->'before', 'null'), nullif(c->'after', 'null')
           FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS d(c, n)`,
        [runId, JSON.stringify(changes)],
      );
      await publishAudit({ connection, runId, asOf: '2026-11-21T00:00:00Z', baseline: false });
      const matches = await connection.query<{ rule: string; index: number }>(
        `SELECT m.rule, i.index
           FROM (SELECT id, (id - min(id) OVER ())::int AS index FROM changes WHERE run_id = $1) i
           JOIN alert_matches m ON m.change_id = i.id`,
        [runId],
      );
      rows.push(...matches.rows);
      alerts = (
        await connection.query<{ rule: string }>(
          `SELECT rule, channel, severity::text AS severity, change_count FROM alerts WHERE run_id = $1 ORDER BY rule, channel`,
          [runId],
        )
      ).rows;
    },
    'ROLLBACK',
  );
  return { matches: rows.map(({ rule: ruleName, index }) => `${ruleName} ${index}`).sort(), alerts };
}

describe('alert rules', () => {
  test('match in SQL what the documentation says they match, and every channel gets its digest', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { minLength: 1, maxLength: 4 }),
        fc.array(change, { minLength: 1, maxLength: 20 }),
        async (drawn, changes) => {
          const rules = drawn.map((each, index): AlertRule => ({ ...each, name: `rule-${index}` }));
          const expected = rules.map((each) => ({
            rule: each,
            indexes: changes.flatMap((one, index) => (matchesByTheBook(each, one) ? [index] : [])),
          }));
          const { matches, alerts } = await publish(rules, changes);
          expect(matches).toEqual(
            expected
              .flatMap(({ rule: { name: ruleName }, indexes }) => indexes.map((i) => `${ruleName} ${i}`))
              .sort(),
          );
          expect(alerts).toEqual(
            expected
              .filter(({ indexes }) => indexes.length > 0)
              .flatMap(({ rule: { name: ruleName, channels, severity }, indexes }) =>
                channels
                  .toSorted()
                  .map((channel) => ({ rule: ruleName, channel, severity, change_count: indexes.length })),
              ),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
