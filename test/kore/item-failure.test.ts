import { describe, expect, test } from 'vitest';
import { judgeItemFailure } from '../../src/kore/item-failure.ts';

describe('absent: the words say so', () => {
  test.each([
    'Invalid emailId',
    'Invalid email ids',
    'invalid email address',
    'Invalid E-Mail: jane@example.com',
    'Malformed email address',
    'User not found. Please check the provided email address.',
    'User not found',
    'user was not found!',
    'USER NOT FOUND',
    'User with email jane@example.com not found',
    'User jane@example.com could not be found',
    'The email address provided does not exist',
    "Email << retry@token.example >> doesn't exist",
    'No such user',
    'No user found with this email',
    'Unable to find the user.',
    'This is not a valid email address.',
    'Email is not valid',
    'Unknown user',
    'Not found',
    'One or more entered emails not found',
  ])('%s', (words) => {
    expect(judgeItemFailure(words).kind).toBe('absent');
    expect(judgeItemFailure({ errors: [{ msg: words }] }).kind).toBe('absent');
    expect(judgeItemFailure({ message: words, code: 404 }).kind).toBe('absent');
  });
});

test.each<[string, unknown]>([
  ['slim', { errors: [{ msg: 'Something of theirs', code: 400 }] }],
  [
    'BadRequest',
    { statusCode: 400, status: 400, customCode: 400, errors: [], _headers: {}, name: 'BadRequest' },
  ],
  ['text', { errors: [{ code: '400' }] }],
  ['a list of codes', [{ code: 400 }]],
])('absent: code 400 (%s), whatever the words', (_, reason) => {
  expect(judgeItemFailure(reason).kind).toBe('absent');
});

describe('unanswered (I1)', () => {
  test.each([
    'Rate limit for this API has been reached. Please try again after some time.',
    "You've exceeded the per-minute rate limit",
    'Internal Server Error',
    'User lookup timed out',
    'User service not found',
    'User directory is temporarily unavailable, user not found',
    'Could not verify whether the user is not found',
    'Invalid user token',
    'Invalid token for user',
    'Permission denied. Scope is incorrect!',
    'Bot not found',
    'No user permissions',
    'Something went wrong',
    '',
    '   ',
  ])('%j', (words) => {
    expect(judgeItemFailure(words).kind).toBe('unanswered');
    expect(judgeItemFailure({ errors: [{ msg: words }] }).kind).toBe('unanswered');
  });

  test.each<[unknown]>([
    [{}],
    [[]],
    [7],
    [true],
    [{ errors: null }],
    [{ errors: [{ code: 4000 }] }],
    [{ errors: [{ code: 500, msg: 'boom' }] }],
    [{ code: [400] }],
    [{ code: { code: 400 } }],
    [{ errors: [{ code: ' 400 ' }] }],
  ])('%j', (reason) => {
    expect(judgeItemFailure(reason).kind).toBe('unanswered');
  });

  test.each<[unknown]>([
    [{ errors: [{ msg: 'Rate limit has been reached', code: 400 }] }],
    [{ statusCode: 500, errors: [{ msg: 'User not found', code: 400 }] }],
    [{ errors: [{ msg: 'User not found', code: 400 }, { code: 429 }] }],
    [{ errors: [{ msg: 'Invalid SDK credentials', code: 4002 }], code: 400 }],
    [{ message: 'Service unavailable', code: 400 }],
  ])('a sign of trouble wins over code 400: %j', (reason) => {
    expect(judgeItemFailure(reason).kind).toBe('unanswered');
  });
});

test('words that are not recognised are kept', () => {
  expect(judgeItemFailure('Flux capacitor drained').reason).toBe('Flux capacitor drained');
  expect(judgeItemFailure({ errors: [{ msg: 'One' }, 'Two'], message: 'One' }).reason).toBe('One / Two');
  expect(judgeItemFailure({ errors: [{ code: 4711 }] }).reason).toContain('4711');
});

test('words are kept on one short line, without addresses or anything like a key', () => {
  // I8
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl';
  const key = 'qY7hP3mZ8sK1tW5vN0cX2bR4dF6gJ9lA1eU3iO5pT7w=';
  const words = `User  o'neil+x@example.com\nor ｊａｎｅ＠example.com: ${jwt} ${key} \u0000 ${'long '.repeat(99)}`;
  const { reason } = judgeItemFailure(words);
  for (const leak of ["o'neil", 'ｊａｎｅ', 'eyJ', key, '\n', '\u0000']) expect(reason).not.toContain(leak);
  expect(reason.length).toBeLessThanOrEqual(200);
});

test('texts made to exhaust a pattern are judged all the same', () => {
  for (const words of [
    'email '.repeat(50_000),
    '<< >> '.repeat(50_000),
    'email << >> '.repeat(50_000),
    'a'.repeat(1e6),
  ]) {
    expect(judgeItemFailure(words).kind).toBe('unanswered');
  }
});
