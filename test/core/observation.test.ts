import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/core/answer.ts';
import { observe, type KnownEntry } from '../../src/core/observation.ts';
import type { Snapshot } from '../../src/core/snapshot.ts';

const JANE: Snapshot = {
  userId: 'u-1',
  email: 'jane@example.com',
  lastLogin: '2026-03-01T08:00:00.000Z',
};
const KNOWN: KnownEntry = {
  entry: 'jane@example.com',
  userId: 'u-1',
  current: true,
  email: 'jane@example.com',
  hash: 'as-known',
  lastLogin: '2026-03-01T08:00:00.000Z',
  shared: false,
};

function found(difference: Partial<Snapshot> = {}): Answer {
  return { kind: 'found', entry: KNOWN.entry, snapshot: { ...JANE, ...difference } };
}

describe('a user found as known', () => {
  test('adds nothing to what is known', () => {
    expect(observe(found(), KNOWN, 'as-known')).toBeUndefined();
  });

  test('adds nothing when the last login is not told', () => {
    const untold = { userId: JANE.userId, email: JANE.email };
    const answer: Answer = { kind: 'found', entry: KNOWN.entry, snapshot: untold };
    expect(observe(answer, KNOWN, 'as-known')).toBeUndefined();
  });

  test('adds the last login alone, where it moved', () => {
    const lastLogin = '2026-03-02T08:00:00.000Z';
    expect(observe(found({ lastLogin }), KNOWN, 'as-known')).toEqual({
      answer: 'found',
      entry: KNOWN.entry,
      userId: 'u-1',
      snapshot: null,
      lastLogin,
    });
  });
});

describe('a snapshot is stored', () => {
  test.each<[string, Answer, Partial<KnownEntry>, string]>([
    ['where anything in it changed', found(), {}, 'another'],
    [
      'of somebody never seen',
      found(),
      { userId: null, current: false, email: null, hash: null },
      'as-known',
    ],
    ['of somebody removed, who is back', found(), { current: false }, 'as-known'],
    ['where the entry leads to another user id', found({ userId: 'u-2' }), {}, 'as-known'],
    ['where the address is another', found({ email: 'j@example.com' }), {}, 'as-known'],
    ['where other entries lead to the same user', found(), { shared: true }, 'as-known'],
  ])('%s', (_, answer, known, hash) => {
    const observation = observe(answer, { ...KNOWN, ...known }, hash);
    expect(observation).toMatchObject({ answer: 'found', snapshot: { hash } });
  });
});

test.each(['absent', 'unanswered'] as const)('an entry that is %s is stored with the reason', (kind) => {
  const reason = 'User not found.';
  expect(observe({ kind, entry: KNOWN.entry, reason }, KNOWN, '')).toEqual({
    answer: kind,
    entry: KNOWN.entry,
    reason,
  });
});
