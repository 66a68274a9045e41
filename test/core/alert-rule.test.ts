import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quickRules, toLikePattern } from '../../src/core/alert-rule.ts';
import { RUN_EVENT_KINDS } from '../../src/core/run-event.ts';

describe('a glob', () => {
  test.each([
    ['*admin*', '%admin%'],
    ['Bot ?', 'Bot _'],
    ['100%', '100\\%'],
    ['bot_admin', 'bot\\_admin'],
    ['a\\b', 'a\\\\b'],
  ])('%s is the pattern %s', (glob, pattern) => {
    expect(toLikePattern(glob)).toBe(pattern);
  });

  test('that has no sign of its own matches itself alone, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string().map((text) => text.replaceAll(/[*?]/g, '')),
        (text) => {
          expect(toLikePattern(text).replaceAll(/\\([\\%_])/g, '$1')).toBe(text);
          expect(toLikePattern(text)).not.toMatch(/(?<!\\)(?:\\\\)*[%_]/);
        },
      ),
    );
  });
});

describe('without a file of rules', () => {
  test('every role change and every event goes to whatever is configured', () => {
    const rules = quickRules(['slack', 'email']);
    expect(rules.flatMap(({ changes }) => changes)).toEqual([
      'role_granted',
      'role_revoked',
      'role_source_changed',
    ]);
    expect(rules.flatMap(({ events }) => events)).toEqual([...RUN_EVENT_KINDS]);
    expect(rules.map(({ channels }) => channels)).toEqual([
      ['slack', 'email'],
      ['slack', 'email'],
    ]);
  });

  test('and without a channel to the log', () => {
    expect(quickRules([]).map(({ channels }) => channels)).toEqual([['log'], ['log']]);
  });
});
