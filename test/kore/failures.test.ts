import { describe, expect, test } from 'vitest';
import { decideFailure } from '../../src/core/error-table.ts';
import { findUnusedOrigin, sendJson, startRawServer } from '../support/http-server.ts';
import { closeAfterTest, ENTRIES, failureOf, fetchAt, fetchFrom, start } from '../support/kore-client.ts';
import { MISBEHAVIOURS } from '../support/misbehaviour.ts';

describe('each row of the error table, through real HTTP', () => {
  test.each(MISBEHAVIOURS)('$title: $failure.kind, $action', async ({ respond, failure, action }) => {
    const seen = failureOf(await fetchFrom(respond));
    expect(seen).toMatchObject(failure);
    expect(decideFailure(seen, { attempt: 1, random: Math.random, batchSize: ENTRIES.length }).action).toBe(
      action,
    );
  });

  test('an encrypted payload: a second one stops the run', async () => {
    const seen = failureOf(
      await fetchFrom((_, response) => sendJson(response, { encryptedData: 'q'.repeat(99) })),
    );
    expect(decideFailure(seen, { attempt: 2, random: Math.random, batchSize: 2 })).toMatchObject({
      action: 'stop',
      advice: expect.stringContaining('encryption') as unknown,
    });
  });

  test('a port where nobody listens: refused', async () => {
    expect(failureOf(await fetchAt(await findUnusedOrigin()))).toEqual({
      kind: 'refused',
      code: 'ECONNREFUSED',
    });
  });

  test('a name that does not resolve: dns', async () => {
    expect(failureOf(await fetchAt('http://no-such-host.invalid'))).toMatchObject({ kind: 'dns' });
  });

  test('a server that does not speak TLS: tls', async () => {
    const { origin } = await start((_, response) => sendJson(response, []));
    expect(failureOf(await fetchAt(origin.replace('http:', 'https:')))).toMatchObject({ kind: 'tls' });
  });

  test('a server that does not speak HTTP: unknown, with the code', async () => {
    const server = closeAfterTest(
      await startRawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n\r\n')),
    );
    const failure = failureOf(await fetchAt(server.origin));
    expect(failure).toMatchObject({ kind: 'unknown', code: expect.stringMatching(/^HPE_/) as unknown });
  });
});
