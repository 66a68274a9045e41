import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  continueListing,
  LISTING_START,
  nextOffset,
  type ListingPage,
  type ListingPlace,
} from '../../src/core/listing.ts';

function pageOf(keys: string, total: number, availableMore?: boolean): ListingPage {
  return { total, availableMore, users: Array.from(keys, (key) => ({ key })) };
}

/** What the pages make together: the users in order, or what is wrong. */
function listAll(...pages: readonly ListingPage[]): string {
  let place: ListingPlace = LISTING_START;
  let listed = '';
  for (const page of pages) {
    const step = continueListing(place, page);
    if (step.kind === 'incomplete') return `it ${step.seen}`;
    listed += step.users.map(({ key }) => key).join('');
    if (step.kind === 'complete') return listed;
    place = step.place;
  }
  return `${listed}…`;
}

describe('a listing', () => {
  test('begins each page with the last user of the one before', () => {
    const step = continueListing(LISTING_START, pageOf('abc', 5, true));
    expect(step).toMatchObject({ kind: 'more', place: { listed: 3 } });
    expect(nextOffset(LISTING_START)).toBe(0);
    expect(step.kind === 'more' && nextOffset(step.place)).toBe(2);
    expect(listAll(pageOf('abc', 5, true), pageOf('cde', 5, false))).toBe('abcde');
  });

  test('goes on from what it was given, however little that is', () => {
    expect(listAll(pageOf('abc', 5, true), pageOf('cd', 5, true), pageOf('de', 5, false))).toBe('abcde');
  });

  test('may be empty', () => {
    expect(listAll(pageOf('', 0, false))).toBe('');
  });

  test('is complete by its total where no page says whether more are available', () => {
    expect(listAll(pageOf('abc', 4), pageOf('cd', 4))).toBe('abcd');
  });

  test('goes on while the total says so, whatever else says that no more are available', () => {
    expect(listAll(pageOf('abc', 4, false), pageOf('cd', 4, false))).toBe('abcd');
    expect(listAll(pageOf('abc', 4, false))).toBe('abc…');
  });

  test('takes in whoever joins behind the place it has reached', () => {
    expect(listAll(pageOf('abc', 5, true), pageOf('cdef', 6, false))).toBe('abcdef');
  });
});

describe('a listing is not complete', () => {
  test.each<[string, string, ListingPage[]]>([
    ['that breaks off', 'ends after 3 users and counts 5', [pageOf('abc', 5, true), pageOf('c', 5, false)]],
    ['that has an empty page', 'ends after 3 users and counts 5', [pageOf('abc', 5, true), pageOf('', 5)]],
    ['of nobody that counts some', 'ends after 0 users and counts 5', [pageOf('', 5, false)]],
    [
      'that repeats its first page',
      'repeats a page instead of going on after 3 users',
      [pageOf('abc', 5, true), pageOf('abc', 5, true)],
    ],
    [
      'that skips somebody, since somebody else left',
      'does not go on where it was after 3 users: somebody joined or left, or it has no fixed order',
      [pageOf('abc', 5, true), pageOf('de', 5, false)],
    ],
    [
      'that shows somebody again, since somebody else joined',
      'does not go on where it was after 3 users: somebody joined or left, or it has no fixed order',
      [pageOf('abc', 5, true), pageOf('bcde', 6, false)],
    ],
    [
      'whose total falls',
      'counts 4 users, and counted 5 before',
      [pageOf('abc', 5, true), pageOf('cd', 4, false)],
    ],
    ['that exceeds its total', 'has 3 users and counts only 2', [pageOf('abc', 2, false)]],
    [
      'that promises more and has none',
      'says that more are available after all 3 users, and has no more',
      [pageOf('abc', 3, true), pageOf('c', 3, true)],
    ],
  ])('%s', (_, seen, pages) => {
    expect(listAll(...pages)).toBe(`it ${seen}`);
  });
});

describe('while people join and leave', () => {
  /** Keys in the order of the listing; between two pages, some leave and some join, anywhere. */
  const moves = fc.array(
    fc.record({
      leave: fc.array(fc.nat(), { maxLength: 2 }),
      join: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 2 }),
    }),
  );

  test('whoever is there all the time is in every listing that is complete', () => {
    let complete = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 2, max: 10 }),
        moves,
        (people, limit, nights) => {
          let account = Array.from({ length: people }, (_, index) => (index + 1) / (people + 1));
          const always = new Set(account);
          const listed: string[] = [];
          let place: ListingPlace = LISTING_START;
          for (let call = 0; ; call += 1) {
            const offset = nextOffset(place);
            const step = continueListing(place, {
              total: account.length,
              availableMore: offset + limit < account.length,
              users: account.slice(offset, offset + limit).map((key) => ({ key: String(key) })),
            });
            if (step.kind === 'incomplete') return;
            listed.push(...step.users.map(({ key }) => key));
            if (step.kind === 'complete') break;
            place = step.place;
            const { leave = [], join = [] } = nights[call] ?? {};
            const gone = new Set(leave.map((index) => account[index % account.length]));
            for (const key of gone) if (key !== undefined) always.delete(key);
            account = [...new Set([...account.filter((key) => !gone.has(key)), ...join])].sort(
              (a, b) => a - b,
            );
            for (const key of join) always.delete(key);
          }
          complete += 1;
          expect(new Set(listed).size).toBe(listed.length);
          expect(listed).toEqual(expect.arrayContaining([...always].map(String)));
        },
      ),
      { numRuns: 1_000 },
    );
    expect(complete).toBeGreaterThan(100);
  });

  test('every listing of an account at rest is complete, whatever the size of its pages', () => {
    fc.assert(
      fc.property(fc.nat({ max: 50 }), fc.integer({ min: 2, max: 60 }), (people, limit) => {
        const account = Array.from({ length: people }, (_, index) => ({ key: String(index) }));
        const listed: unknown[] = [];
        let place: ListingPlace = LISTING_START;
        for (;;) {
          const users = account.slice(nextOffset(place), nextOffset(place) + limit);
          const step = continueListing(place, { total: people, availableMore: undefined, users });
          if (step.kind === 'incomplete') throw new Error(step.seen);
          listed.push(...step.users);
          if (step.kind === 'complete') break;
          place = step.place;
        }
        expect(listed).toEqual(account);
      }),
    );
  });
});
