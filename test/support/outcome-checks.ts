import { expect } from 'vitest';
import { normalizeEmail } from '../../src/core/email.ts';
import type { ReplyOutcome } from '../../src/kore/reply.ts';

/** I10: an answer for each entry, in the order asked, or a failure that names nobody. */
export function checkOutcome(outcome: ReplyOutcome, entries: readonly string[]): void {
  expect(() => JSON.stringify(outcome)).not.toThrow();
  // PostgreSQL stores neither NUL nor half a character. What only quotes the escape of one has its backslash doubled.
  expect(JSON.stringify(outcome).replaceAll('\\\\', '')).not.toMatch(/\\u0000|\\ud[89a-f]/i);
  if (!outcome.ok) {
    expect(outcome.failure.message ?? '').not.toContain('@');
    return;
  }
  const { answers, drift, ignored } = outcome.answers;
  expect(answers.map(({ entry }) => entry)).toEqual(entries); // I10
  expect(new Set(drift).size).toBe(drift.length);
  expect(ignored).toBeGreaterThanOrEqual(0);
}

/**
 * What was said, read a second time and in another way: somewhere in the response stands an object with the entry's address
 * (or none), the word "failure", no user id, and words or a code that mean absent.
 */
export function checkAbsences(outcome: ReplyOutcome, body: unknown): void {
  if (!outcome.ok) return;
  const infos = (Array.isArray(body) ? body : [body]).map((item: unknown) => propertyOf(item, 'userInfo'));
  for (const { kind, entry } of outcome.answers.answers) {
    if (kind !== 'absent') continue;
    const own = infos.filter((info) => {
      const address = propertyOf(info, 'emailId');
      return typeof address === 'string' && normalizeEmail(address) === entry;
    });
    expect(own.length).toBeGreaterThan(0);
    for (const info of own) {
      expect(String(propertyOf(info, 'status')).trim().toLowerCase()).toBe('failure');
      expect([undefined, null, ''].includes(trimmed(propertyOf(info, 'userId')))).toBe(true);
      expect(JSON.stringify(propertyOf(info, 'reason'))).toMatch(/400|not found|invalid email/i);
    }
  }
}

function trimmed(value: unknown): string | null | undefined {
  if (typeof value === 'string') return value.trim();
  return value === undefined || value === null ? value : JSON.stringify(value);
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}
