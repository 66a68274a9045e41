import { expect, test } from 'vitest';
import { exitCodeOfError, exitCodeOfRun } from '../../src/core/exit-code.ts';

test.each([
  ['published', 0, 0],
  ['published', 1, 4],
  ['planned', 0, 0],
  ['planned', 1, 0],
  ['held', 0, 3],
  ['held', 7, 3],
  ['failed', 0, 1],
  ['rejected', 0, 1],
  ['superseded', 0, 1],
  ['open', 0, 1],
])('a run that ended as %s with %i unanswered entries exits with %i', (status, unanswered, code) => {
  expect(exitCodeOfRun({ status, unanswered })).toBe(code);
});

test.each(['CONFIG_INVALID', 'USAGE', 'ROSTER_UNREADABLE', 'ROSTER_EMPTY'] as const)(
  '%s is for whoever called to correct: 2',
  (code) => {
    expect(exitCodeOfError(code)).toBe(2);
  },
);

test.each(['ACCOUNT_MISMATCH', 'DATABASE_UNREACHABLE', 'DATABASE_NEWER', 'RUN_OPEN', 'INTERNAL'] as const)(
  '%s is a failure: 1',
  (code) => {
    expect(exitCodeOfError(code)).toBe(1);
  },
);
