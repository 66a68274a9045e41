import { describe, expect, test } from 'vitest';
import type { AlertItem } from '../../src/core/alert-facts.ts';
import { CHANGE_KINDS } from '../../src/core/change.ts';
import { composeDigest, type Digest } from '../../src/core/digest.ts';
import { describeItem, toPlainText } from '../../src/core/digest-words.ts';
import { RUN_EVENT_KINDS } from '../../src/core/run-event.ts';
import { alertFacts, alertItem, FORGED } from '../support/alert-facts.ts';

const BOT = { scope: 'bot', roleName: 'Tester', botId: 'b-1', botName: 'Leave' } as const;

function readDigest({ title, intro, people, rest }: Digest): string[] {
  return [
    title,
    ...intro.map(toPlainText),
    ...people.flatMap(({ who, lines, more }) => [
      toPlainText(who),
      ...lines.map((line) => `- ${toPlainText(line)}`),
      ...(more > 0 ? [`- and ${more} more`] : []),
    ]),
    ...rest.map(toPlainText),
  ];
}

describe('a digest', () => {
  test('says what changed, who, which role on which bot, how it is held, and when it was last different', () => {
    const items = [
      alertItem({ ofPerson: 2 }),
      alertItem({
        ...BOT,
        kind: 'role_revoked',
        before: { direct: false, via_groups: ['Night shift'] },
        ofPerson: 2,
      }),
      alertItem({
        ...BOT,
        kind: 'role_source_changed',
        userId: 'u-bob',
        email: null,
        before: { direct: true, via_groups: [] },
        after: { direct: null, via_groups: null },
      }),
    ];
    expect(readDigest(composeDigest(alertFacts(items)))).toEqual([
      '3 role changes (run 7)',
      'Account https://platform.kore.ai. Run 7 (nightly-20261121T020000Z), as of 2026-11-21 02:05 UTC. Rule role-changes, warning.',
      'ann@example.com (u-ann)',
      '- granted Master Admin on the account, directly; last different 2026-11-20 02:00 UTC',
      '- lost Tester on bot Leave, held through group Night shift; last different 2026-11-20 02:00 UTC',
      'u-bob',
      '- holds Tester on bot Leave now not said how, before directly; last different 2026-11-20 02:00 UTC',
    ]);
  });

  test('says how to look closer', () => {
    expect(composeDigest(alertFacts()).lookCloser).toEqual({
      command: 'kore-sync runs show 7',
      sql: 'SELECT * FROM directory.role_changes WHERE run_id = 7;',
    });
    const renamed = alertItem({ kind: 'role_renamed', userId: null, before: 'Old', after: 'New' });
    expect(composeDigest(alertFacts([renamed])).lookCloser.sql).toBe(
      'SELECT * FROM directory.changes WHERE run_id = 7;',
    );
  });

  test('counts what it does not show, of one person and of all', () => {
    const counts = {
      total: 1_020,
      byKind: { role_granted: 1_020 },
      firstSeen: { changes: 7, people: 2, adminGrants: 1 },
    };
    const digest = composeDigest(alertFacts([alertItem({ ofPerson: 13 })], { counts }));
    expect(readDigest(digest).slice(3)).toEqual([
      '- granted Master Admin on the account, directly; last different 2026-11-20 02:00 UTC',
      '- and 12 more',
      'And 1,000 more changes.',
      'Besides, 7 changes of 2 people whom nobody had looked at before, 1 grant of admin roles among them.',
    ]);
  });

  test('of people first seen alone is one line', () => {
    const counts = {
      total: 1,
      byKind: { role_granted: 1 },
      firstSeen: { changes: 1, people: 1, adminGrants: 0 },
    };
    expect(readDigest(composeDigest(alertFacts([], { counts })))).toEqual([
      '1 role change (run 7)',
      expect.any(String),
      'Besides, 1 change of a person whom nobody had looked at before.',
    ]);
  });

  test.each(RUN_EVENT_KINDS)(
    'of the event %s says what it means, and names its run where there is one',
    (kind) => {
      const event = { kind, detail: 'because' };
      const digest = composeDigest(alertFacts([], { event }));
      expect(digest.title).toMatch(/ \(run 7\)$/);
      expect(readDigest(digest)[1]).toBe('because');
      expect(readDigest(digest)[2]).toMatch(/\w.*\.$/);
      expect(composeDigest(alertFacts([], { event, run: null })).lookCloser.command).toBe('kore-sync runs');
    },
  );

  test.each(CHANGE_KINDS)('has words for %s that need no field to be there', (kind) => {
    const bare = Object.fromEntries(Object.keys(alertItem()).map((key) => [key, null]));
    const item: AlertItem = { ...alertItem(), ...bare, kind, ofPerson: 1 };
    expect(toPlainText(describeItem(item))).toMatch(/\w/);
  });

  test.each(Object.entries(FORGED))('keeps the %s of a forged name out of its own words', (_, forged) => {
    const item = alertItem({
      email: forged,
      userId: forged,
      roleName: forged,
      after: { direct: false, via_groups: [forged] },
    });
    const digest = composeDigest(alertFacts([item], { account: forged }));
    const ours = [
      digest.title,
      ...digest.intro,
      ...digest.people.flatMap(({ who, lines }) => [who, ...lines]),
    ]
      .flatMap((words) => (typeof words === 'string' ? [words] : words))
      .filter((word) => typeof word === 'string');
    expect(ours.join('')).not.toContain(forged.slice(0, 5));
    expect(readDigest(digest).join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('cuts a name that is too long', () => {
    const digest = composeDigest(alertFacts([alertItem({ roleName: 'x'.repeat(5_000) })]));
    expect(Math.max(...readDigest(digest).map((line) => line.length))).toBeLessThan(300);
  });
});
