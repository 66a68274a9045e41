import { describe, expect, it } from 'vitest';
import { parseListedUser } from '../../src/roster/listed-user.ts';

describe('a listed user', () => {
  it('is asked about by address where the username is one, in normal form', () => {
    expect(
      parseListedUser({ key: 'u-1', username: " Jane.O'Hara@Example.com", orgUserId: 'o-1' }, 7),
    ).toEqual({
      line: 7,
      ok: true,
      entry: "jane.o'hara@example.com",
      kind: 'email',
    });
  });

  it.each([
    ['is no address', { username: 'jane' }],
    ['is missing', {}],
  ])('is asked about by org user id where the username %s', (_, names) => {
    expect(parseListedUser({ key: 'u-1', ...names, orgUserId: 'o-1' }, 7)).toEqual({
      line: 7,
      ok: true,
      entry: 'o-1',
      kind: 'org_user_id',
    });
  });

  it('is rejected with the reason where neither can be asked about', () => {
    expect(parseListedUser({ key: 'u-1', username: 'jane\u0007', orgUserId: 'o 1' }, 7)).toEqual({
      line: 7,
      ok: false,
      reason:
        'username is not an email address: it has no @; orgUserId is not an org user id: expected letters A to Z, digits, - and _ only',
      text: 'jane\ufffd',
    });
    expect(parseListedUser({ key: 'u-1' }, 8)).toEqual({
      line: 8,
      ok: false,
      reason: 'username is empty; orgUserId is empty',
      text: '',
    });
  });
});
