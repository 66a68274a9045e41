import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { EntryKind } from '../../src/core/answer.ts';
import { createKoreClient } from '../../src/kore/client.ts';
import { createTokenMint } from '../../src/kore/token.ts';
import { startHttpServer } from '../support/http-server.ts';
import { checkAbsences, checkOutcome } from '../support/outcome-checks.ts';
import { ADDRESSES, anything, items, mutations, stringify } from '../support/strange-replies.ts';

const RUNS = 40_000;
/** Another one each time. A failure prints it with the path to its smallest case. */
const seed = randomInt(2 ** 31);
const SECRET = 'MARKER-secret-8f3a';

/** Written by the server in place of the token of the call. */
const TOKEN = '{token}';
const echo = fc.constantFrom(TOKEN, SECRET, `no ${TOKEN} of ${SECRET}`);

interface Strange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What the bytes said before anything was done to them. */
  readonly said: unknown;
  readonly text: string;
  readonly encoding: 'none' | 'gzip' | 'deflate' | 'claimed';
  /** After so many bytes the body ends, or the connection. */
  readonly cut: number | null;
  readonly ending: 'end' | 'destroy' | 'reset';
}

const bodies = fc.oneof(
  mutations(),
  fc.array(items(), { maxLength: 8 }),
  anything,
  echo.map((msg) => ({ errors: [{ msg, code: 500 }] })),
  fc.tuple(fc.array(items(), { maxLength: 3 }), echo).map(([list, badge]) => [...list, { badge }]),
);

/** Were everything strange at once, no reply would be read to its end. */
function mostly<T>(usual: T, strange: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: fc.constant(usual), weight: 7 }, { arbitrary: strange, weight: 1 });
}

const strange: fc.Arbitrary<Strange> = fc
  .record({
    status: mostly(200, fc.integer({ min: 200, max: 599 })),
    headers: fc.record(
      {
        'content-type': mostly('application/json', fc.constantFrom('text/html', 'text/plain', 'x')),
        'retry-after': fc.constantFrom('7', '0', '-5', 'soon', '1e9', TOKEN),
        location: fc.constantFrom('/', 'http://[', `https://example.com/?${TOKEN}`),
        date: fc.constantFrom('Sun, 01 Mar 2015 02:00:00 GMT', 'yesterday'),
      },
      { requiredKeys: [] },
    ),
    said: bodies,
    prefix: mostly('', fc.constantFrom('\ufeff', '  ', '<p>', ')]}\n')),
    encoding: mostly('none', fc.constantFrom('gzip', 'deflate', 'claimed')),
    cut: mostly(null, fc.nat(2_000)),
    ending: fc.constantFrom('end', 'end', 'destroy', 'reset'),
  })
  .map(({ prefix, ...rest }) => ({ ...rest, text: prefix + stringify(rest.said) }));

test(`${RUNS} replies over HTTP, from seed ${seed}: none loses an entry, makes an absence, or brings back the secret`, async () => {
  let next: Strange | undefined;
  let token = '';
  const server = await startHttpServer((request, response) => {
    token = String(request.headers['auth']);
    if (next !== undefined) respond(next, token, response);
  });
  onTestFinished(() => server.close());
  const client = createKoreClient({
    host: server.origin,
    mint: createTokenMint({ clientId: 'cs-1', clientSecret: SECRET }),
    secrets: [SECRET],
    maxReplyBytes: 1_000_000,
  });
  onTestFinished(() => client.close());
  const entryLists = fc.uniqueArray(fc.constantFrom(...ADDRESSES), { minLength: 1 });
  const kinds = fc.constantFrom<EntryKind>('email', 'email', 'org_user_id');
  const seen = { answered: 0, absent: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(entryLists, kinds, strange, async (entries, kind, reply) => {
      next = reply;
      const outcome = await client.fetchUsersInfo(entries, kind);
      checkOutcome(outcome, entries);
      for (const leak of ['MARKER', ...token.split('.')]) expect(JSON.stringify(outcome)).not.toContain(leak);
      if (!outcome.ok) seen.failed += 1;
      else {
        seen.answered += 1;
        seen.absent += outcome.answers.answers.filter((answer) => answer.kind === 'absent').length;
        if (kind === 'email') checkAbsences(outcome, JSON.parse(stringify(reply.said)));
      }
    }),
    { seed, numRuns: RUNS },
  );
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  // A check that never met what it checks has proved nothing.
  expect(Math.min(seen.answered, seen.absent, seen.failed)).toBeGreaterThan(RUNS / 100);
}, 1_800_000);

function respond(
  { status, headers, text, encoding, cut, ending }: Strange,
  token: string,
  response: ServerResponse,
) {
  const filled = Object.entries(headers).map(
    ([name, value]) => [name, value.replaceAll(TOKEN, token)] as const,
  );
  response.writeHead(status, {
    ...Object.fromEntries(filled),
    ...(encoding !== 'none' && { 'content-encoding': encoding === 'deflate' ? 'deflate' : 'gzip' }),
  });
  const bytes = encode(Buffer.from(text.replaceAll(TOKEN, token)), encoding);
  const sent = cut === null ? bytes : bytes.subarray(0, cut);
  if (cut === null || ending === 'end') response.end(sent);
  else {
    response.write(sent, () => {
      if (ending === 'reset') response.socket?.resetAndDestroy();
      else response.destroy();
    });
  }
}

function encode(bytes: Buffer, encoding: Strange['encoding']): Buffer {
  if (encoding === 'gzip') return gzipSync(bytes);
  return encoding === 'deflate' ? deflateSync(bytes) : bytes;
}
