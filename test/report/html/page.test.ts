import { describe, expect, test } from 'vitest';
import { describeHeadline } from '../../../src/report/headline.ts';
import { drawPage } from '../../../src/report/html/page.ts';
import { describeNight } from '../../../src/report/night.ts';
import type { RunReading } from '../../../src/store/reading/report.ts';
import { EVENTFUL, FAILED, HELD, HOSTILE, QUIET, RUN, UTC } from './readings.ts';

const page = (reading: RunReading): string => drawPage(reading, UTC, '2026-11-22T08:00:00Z');

describe('the headline', () => {
  test.each<[string, RunReading, string]>([
    ['a quiet night', QUIET, 'Nothing changed.'],
    [
      'a night with everything',
      EVENTFUL,
      '5,207 roles granted, 14 revoked (11 on the account); 11 joiners, 11 leavers; 15 other changes. 27 entries gave no usable answer.',
    ],
    [
      'a held run',
      HELD,
      'Nothing was published. The plan: 5,207 roles granted, 14 revoked (11 on the account); 11 leavers; 15 other changes. 27 entries gave no usable answer.',
    ],
    ['a failed run', FAILED, 'This run failed: nothing was published, and what was known before stands.'],
    [
      'the first night',
      { ...QUIET, outcome: { is: 'baseline', users: 1, grants: 3200, adminGrants: 0 } },
      'The first night opens the history: 1 person with 3,200 roles, 0 of them on the account.',
    ],
    [
      'a plan that is gone',
      { ...QUIET, run: { ...RUN, status: 'superseded', changes: 7 }, outcome: { is: 'dropped' } },
      'Nothing was published. Its plan of 7 changes was dropped.',
    ],
  ])('of %s says what happened', (_, reading, headline) => {
    expect(describeHeadline(reading)).toBe(headline);
  });
});

describe('the page', () => {
  test('of a plan says so before the changes and in their headings, and how to decide', () => {
    const held = page(HELD);
    expect(held).toContain('Held by the guard, not published');
    expect(held).toContain('None of it was published');
    expect(held).toContain('<h2 id="roles">Planned role changes</h2>');
    expect(held).toContain('kore-sync runs show 30');
    expect(held).toContain('412 of 3,980 users (10.4%) would be removed');
    expect(page(EVENTFUL)).not.toMatch(/Planned|a plan/);
  });

  test('of a failed run says why, and draws no chart of nights that were not', () => {
    const failed = page(FAILED);
    expect(failed).toContain('The token was refused');
    expect(failed).not.toContain('class="chart"');
  });

  test('shows the most powerful roles first, and says how many it leaves out and where they are', () => {
    const eventful = page(EVENTFUL);
    expect(eventful.indexOf('Roles on the account')).toBeLessThan(eventful.indexOf('Roles on bots'));
    expect(eventful).toContain('The first 11 of 5,210.');
    expect(eventful).toContain('SELECT * FROM directory.changes WHERE run_id = 30 AND scope = &#39;bot&#39;');
    const { outcome } = EVENTFUL;
    if (outcome.is !== 'published') return expect.unreachable();
    const plan = page({ ...HELD, outcome: { ...outcome, is: 'planned' } });
    expect(plan).toContain('SELECT * FROM planned_changes WHERE run_id = 30 AND scope');
  });

  test('says of findings which night they are of, where it is another', () => {
    expect(page(EVENTFUL)).toContain('As of the latest night, run 31');
    expect(page(QUIET)).not.toContain('As of the latest night');
  });

  test('has a bar for each change that a chart shows, and the same numbers as a table', () => {
    const quiet = page(QUIET);
    const nights = QUIET.nights.filter(({ granted }) => granted > 0);
    expect(quiet.match(/<rect\s+class="granted"/g)).toHaveLength(nights.length);
    expect(quiet).toContain('<td class="number">93.1%</td>');
    expect(quiet).toContain('From 12 to 12 holders over 30 nights; between 12 and 15');
  });

  test('holds no name but as text', () => {
    const eventful = page(EVENTFUL);
    for (const name of HOSTILE.filter((text) => /[<"'\u202e\u0000]/.test(text))) {
      expect(eventful).not.toContain(name);
    }
    expect(eventful).not.toMatch(/<(?:script|img)/);
    expect(eventful.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('the lines on a terminal', () => {
  test('begin with the headline, show roles on the account, and drive nothing', () => {
    const text = describeNight(EVENTFUL, UTC);
    expect(text.split('\n')[0]).toBe(describeHeadline(EVENTFUL));
    expect(text).toContain('verdict   Published, partial');
    expect(text).toContain('coverage  97.8%');
    expect(text).toContain('Roles on the account:');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(describeNight(FAILED, UTC)).toContain('failed    The token was refused');
    expect(describeNight(QUIET, UTC)).not.toContain('Roles on the account');
  });
});
