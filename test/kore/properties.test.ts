import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryKind } from '../../src/core/answer.ts';
import { canonicalForm, normalizeSnapshot } from '../../src/core/canonical.ts';
import { normalizeEmail } from '../../src/core/email.ts';
import { checkAbsences, checkOutcome } from '../support/outcome-checks.ts';
import { ADDRESSES, anything, items, mutations, replies, stringify } from '../support/strange-replies.ts';
import { interpret, loadSample, SAMPLES } from '../support/users-info.ts';

const RUNS = { numRuns: 250 };
const kinds = fc.constantFrom<EntryKind>('email', 'org_user_id');
const entryLists = fc.uniqueArray(fc.constantFrom(...ADDRESSES), { minLength: 1 });

describe('no response, however strange,', () => {
  test('throws out of the client, loses an entry, or names a place twice', () => {
    fc.assert(
      fc.property(
        entryLists,
        kinds,
        fc.oneof(anything, fc.array(items())),
        replies,
        (entries, kind, body, reply) => {
          checkOutcome(interpret(entries, stringify(body), reply, kind), entries);
        },
      ),
      RUNS,
    );
  });

  test('that is no JSON at all does either', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...SAMPLES).chain((name) => {
        const text = JSON.stringify(loadSample(name));
        return fc.nat(text.length).map((length) => text.slice(0, length));
      }),
    );
    fc.assert(
      fc.property(entryLists, kinds, texts, replies, (entries, kind, text, reply) => {
        checkOutcome(interpret(entries, text, reply, kind), entries);
      }),
      RUNS,
    );
  });

  test('nor a documented one with any part of it replaced', () => {
    fc.assert(
      fc.property(mutations(), replies, (body, reply) => {
        checkOutcome(interpret(ADDRESSES, stringify(body), reply), ADDRESSES);
      }),
      RUNS,
    );
  });
});

describe('I1: nobody is absent of whom it was not said', () => {
  test('in a documented response with any part of it replaced', () => {
    fc.assert(
      fc.property(mutations(), (body) => {
        checkAbsences(interpret(ADDRESSES, stringify(body)), body);
      }),
      RUNS,
    );
  });

  test('in a response put together from the words of the API', () => {
    fc.assert(
      fc.property(fc.array(items()), (body) => {
        checkAbsences(interpret(ADDRESSES, stringify(body)), body);
      }),
      RUNS,
    );
  });

  test('by the refusal of a whole call, in whatever words', () => {
    const refusals = fc.record({
      errors: fc.array(
        fc.record({ msg: fc.constantFrom('User not found', 'Invalid emailId'), code: fc.constant(400) }),
      ),
    });
    fc.assert(
      fc.property(entryLists, refusals, replies, (entries, body, reply) => {
        const outcome = interpret(entries, body, reply);
        expect(outcome.ok && outcome.answers.answers.some(({ kind }) => kind === 'absent')).toBe(false);
      }),
    );
  });
});

test('the order of the items changes no answer', () => {
  const shuffled = fc
    .array(items(), { maxLength: 8 })
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      expect(interpret(ADDRESSES, stringify(other))).toEqual(interpret(ADDRESSES, stringify(list)));
    }),
    RUNS,
  );
});

test('whoever is found is in normal form, under the address asked', () => {
  fc.assert(
    fc.property(fc.array(items()), (body) => {
      const outcome = interpret(ADDRESSES, stringify(body));
      if (!outcome.ok) return;
      for (const answer of outcome.answers.answers) {
        if (answer.kind !== 'found') continue;
        expect(answer.snapshot.email).toBe(normalizeEmail(answer.entry));
        expect(answer.snapshot.userId).not.toBe('');
        expect(normalizeSnapshot(answer.snapshot)).toEqual(answer.snapshot);
        const stored = JSON.parse(JSON.stringify(answer.snapshot)) as typeof answer.snapshot; // what a table gives back
        expect(canonicalForm(stored)).toBe(canonicalForm(answer.snapshot));
      }
    }),
    RUNS,
  );
});
