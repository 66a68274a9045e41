import { describe, expect, test } from 'vitest';
import { checkCanaries, type Canary, type CanaryRole, type CanarySighting } from '../../src/core/canary.ts';

const AUDITOR: CanaryRole = {
  scope: 'admin',
  roleId: 'r-1',
  roleName: 'Auditor',
  botId: null,
  botName: null,
};
const TESTER: CanaryRole = {
  scope: 'bot',
  roleId: 'r-2',
  roleName: 'Tester',
  botId: 'st-1',
  botName: 'Leave',
};

function sighting(canary: Partial<Canary>, seen: Partial<CanarySighting> = {}): CanarySighting {
  return {
    canary: {
      line: 2,
      entry: 'ann@example.com',
      kind: 'email',
      role: null,
      bot: null,
      scope: null,
      ...canary,
    },
    answer: 'found',
    roles: [AUDITOR, TESTER],
    ...seen,
  };
}

describe('a canary is as it should be', () => {
  test.each<[string, Partial<Canary>]>([
    ['that only has to be found', {}],
    ['that holds the role, by name', { role: 'Auditor' }],
    ['that holds the role, by id', { role: 'r-1' }],
    ['whose role a person spelled otherwise', { role: 'auditor' }],
    ['that holds the role on the bot, by name', { role: 'Tester', bot: 'Leave' }],
    ['that holds the role on the bot, by id', { role: 'Tester', bot: 'st-1' }],
    ['that holds the role on the account', { role: 'Auditor', scope: 'admin' }],
    ['that holds the role on some bot', { role: 'Tester', scope: 'bot' }],
  ])('%s', (_, canary) => {
    expect(checkCanaries([sighting(canary)])).toBeNull();
  });
});

describe('a canary came back otherwise', () => {
  test.each<[string, Partial<Canary>, Partial<CanarySighting>, string]>([
    ['that is absent', {}, { answer: 'absent', roles: [] }, 'line 2 was said not to exist'],
    ['that is unanswered', {}, { answer: 'unanswered', roles: [] }, 'line 2 was not answered'],
    ['that has lost the role', { role: 'Auditor' }, { roles: [TESTER] }, 'line 2 lacks the role "Auditor"'],
    [
      'that holds it on another bot',
      { role: 'Tester', bot: 'Payroll' },
      {},
      'line 2 lacks the role "Tester" on "Payroll"',
    ],
    [
      'that holds it on a bot and not on the account',
      { role: 'Tester', scope: 'admin' },
      {},
      'line 2 lacks the role "Tester" on the account',
    ],
    ['whose id differs in case', { role: 'R-1' }, {}, 'line 2 lacks the role "R-1"'],
  ])('%s', (_, canary, seen, fault) => {
    expect(checkCanaries([sighting(canary, seen)])).toBe(`the only canary came back otherwise: ${fault}`);
  });
});

test('of many faults a few are named, by line and never by address', () => {
  const sightings = Array.from({ length: 9 }, (_, index) =>
    sighting({ line: index + 2 }, { answer: index === 0 ? 'found' : 'absent' }),
  );
  const reason = checkCanaries(sightings);
  expect(reason).toMatch(
    /^8 of 9 canaries came back otherwise: line 3 was .*line 7 was said not to exist, and 3 more$/,
  );
  expect(reason).not.toContain('@');
});

test('without canaries there is nothing to say', () => {
  expect(checkCanaries([])).toBeNull();
});
