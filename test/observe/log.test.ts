import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createLogger, type LogOptions, type Logger } from '../../src/observe/log.ts';

/** Of characters that JSON, an address and base64 write in another way. */
const SECRET = 'mArker+s"Ecret\\7Hq2=';

/** Logs and gives the lines, each of which must be JSON. */
function linesOf(log: (logger: Logger) => void, options: Partial<LogOptions> = {}): string[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  log(createLogger({ level: 'trace', secrets: [new Secret(SECRET)], destination, ...options }));
  for (const line of lines) JSON.parse(line);
  return lines;
}

function lineOf(value: unknown, options: Partial<LogOptions> = {}): string {
  return linesOf((logger) => logger.info({ value }, 'said'), options).join('');
}

function valueIn(line: string): unknown {
  return (JSON.parse(line) as { value: unknown }).value; // the shape lineOf gave it
}

describe('a line of the log', () => {
  it('is JSON with its level in words and its time in UTC', () => {
    const [line = ''] = linesOf((logger) => logger.warn({ runId: 41 }, 'held'));
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown, // vitest types matchers as any
      runId: 41,
      msg: 'held',
    });
  });

  it('is left out below the level', () => {
    const log = (logger: Logger) => {
      logger.info('progress');
      logger.error('trouble');
    };
    expect(linesOf(log, { level: 'warn' })).toHaveLength(1);
    expect(linesOf(log, { level: 'silent' })).toHaveLength(0);
  });
});

/** The same for a text however often it was made part of a JSON text. */
function withoutEscapes(text: string): string {
  return text.replaceAll('\\', '');
}

// I8
describe('a secret in a line', () => {
  it.each<[string, (logger: Logger) => void]>([
    ['a message', (logger) => logger.info(`sent ${SECRET} twice: ${SECRET}`)],
    ['a format argument', (logger) => logger.info('sent %s %j', SECRET, { SECRET })],
    ['a deep property', (logger) => logger.info({ a: { b: [{ c: SECRET }] } })],
    ['a property name', (logger) => logger.info({ [SECRET]: 1 })],
    ['an error and its cause', (logger) => logger.error(new Error(SECRET, { cause: new Error(SECRET) }))],
    [
      'the properties of an error',
      (logger) => logger.error({ err: Object.assign(new Error('x'), { SECRET }) }),
    ],
    ['a child logger', (logger) => logger.child({ bound: SECRET }).info(SECRET)],
    [
      'JSON inside a text',
      (logger) => logger.info({ body: JSON.stringify({ body: JSON.stringify({ SECRET }) }) }),
    ],
    ['an address', (logger) => logger.info(`GET /x?key=${encodeURIComponent(SECRET)}`)],
    ['base64', (logger) => logger.info(Buffer.from(SECRET).toString('base64'))],
    ['a Secret', (logger) => logger.info({ secret: new Secret(SECRET) })],
  ])('is cut out of %s', (_name, log) => {
    const text = linesOf(log).join('');
    expect(text).toContain('[redacted]');
    expect(withoutEscapes(text)).not.toContain(withoutEscapes(SECRET));
    expect(text).not.toContain(encodeURIComponent(SECRET));
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64'));
  });

  it('is cut out whatever characters it is made of, and leaves a line of JSON', () => {
    const anySecret = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(anySecret, fc.string({ unit: 'grapheme' }), (secret, around) => {
        const secrets = [new Secret(secret)];
        const value = valueIn(lineOf(`${around} ${secret} ${around}`, { secrets, unmaskEmails: true }));
        expect(value).not.toContain(secret);
        expect(value).toContain('[redacted]');
      }),
    );
  });

  it('goes whole where another one is a part of it', () => {
    const secrets = [new Secret('p4ssword'), new Secret('postgres://sync:p4ssword@db/x')];
    expect(valueIn(lineOf('to postgres://sync:p4ssword@db/x with p4ssword', { secrets }))).toBe(
      'to [redacted] with [redacted]',
    );
    expect(valueIn(lineOf('p4ssword-2', { secrets: [...secrets, new Secret('p4ssword-2')] }))).toBe(
      '[redacted]',
    );
  });

  it('that is a word of one to three letters is not looked for, or no line could be read', () => {
    expect(valueIn(lineOf('a kite', { secrets: [new Secret('a'), new Secret('')] }))).toBe('a kite');
  });

  it('is known without being registered: a token, signed or encrypted, whole or cut off', () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ appId: 'cs-1' })}.c2lnbmF0dXJl-_`;
    const encrypted = `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a2V5.aXY.dGV4dA.dGFn`;
    for (const token of [signed, encrypted, signed.slice(0, 50)]) {
      expect(valueIn(lineOf({ headers: [`auth: ${token}`, `Bearer ${token}`] }))).toEqual({
        headers: ['auth: [redacted]', 'Bearer [redacted]'],
      });
    }
  });

  it('is known without being registered: by the name of its property', () => {
    expect(
      valueIn(lineOf({ auth: 'x"y', Authorization: 'Basic x', password: '\\', client_secret: 's', ok: 'k' })),
    ).toEqual({
      auth: '[redacted]',
      Authorization: '[redacted]',
      password: '[redacted]',
      client_secret: '[redacted]',
      ok: 'k',
    });
  });

  it('is known without being registered: the user and password of an address', () => {
    expect(valueIn(lineOf('to redis://me:pw@cache:6379/1 and https://host/a@b'))).toBe(
      'to redis://[redacted]@cache:6379/1 and https://host/a***@b',
    );
  });

  it('is no reason to change words that only begin like a token', () => {
    expect(valueIn(lineOf('the keyJob and eyJustAWord'))).toBe('the keyJob and eyJustAWord');
  });
});

describe('an email address in a line', () => {
  it.each([
    ['jane.doe@example.com', 'j***@example.com'],
    ["asked about miles.o'brien+x@sub.example.com.", 'asked about m***@sub.example.com.'],
    ['<jane@example.com>,bob@example.org', '<j***@example.com>,b***@example.org'],
    ['josé@exämple.de and 😀x@example.com', 'j***@exämple.de and 😀***@example.com'],
    ['"jane@example.com"', '"j***@example.com"'],
    [
      'first\njane@example.com\ttab@example.com\u0001ctl@example.com',
      'first\nj***@example.com\tt***@example.com\u0001c***@example.com',
    ],
    ['\\jane@example.com', '\\j***@example.com'],
    ['at node_modules/@prisma/client and a @ b', 'at node_modules/@prisma/client and a @ b'],
  ])('keeps its first letter and its domain: %j', (text, masked) => {
    expect(valueIn(lineOf(text))).toBe(masked);
  });

  it('is shown where that was asked for', () => {
    expect(valueIn(lineOf('jane@example.com', { unmaskEmails: true }))).toBe('jane@example.com');
  });

  it('never shows more than its first letter, wherever it stands', () => {
    const around = fc.string({ unit: fc.constantFrom(' ', '"', '\\', '\n', '\u0001', '<', '/', ':', ',') });
    fc.assert(
      fc.property(fc.emailAddress(), around, around, (address, before, after) => {
        const local = address.slice(0, address.indexOf('@'));
        fc.pre(/^[\w.+'-]{3,}$/.test(local));
        expect(valueIn(lineOf(`${before}${address}${after}`))).not.toContain(`${local}@`);
      }),
    );
  });
});
