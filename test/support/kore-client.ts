import { afterEach } from 'vitest';
import type { ApiFailure } from '../../src/core/api-failure.ts';
import { createKoreClient } from '../../src/kore/client.ts';
import type { FetchOutcome, KoreClient } from '../../src/kore/client.ts';
import type { ListingOutcome } from '../../src/kore/listing.ts';
import { createTokenMint } from '../../src/kore/token.ts';
import { startHttpServer } from './http-server.ts';
import type { Respond, TestServer } from './http-server.ts';

/** Looked for in everything a client gives back. */
export const SECRET = 'MARKER-secret-8f3a';
export const ENTRIES = ['jane@example.com', 'john@example.com'];
export const NOW = new Date('2026-03-01T02:00:00Z');

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

/** Closes with the test, whatever becomes of it. */
export function closeAfterTest(server: TestServer): TestServer {
  toClose.push(() => server.close());
  return server;
}

export async function start(respond: Respond): Promise<TestServer> {
  return closeAfterTest(await startHttpServer(respond));
}

/** A client of a server that responds so; its patience is short, its replies small. */
export async function connect(respond: Respond): Promise<KoreClient> {
  return clientAt((await start(respond)).origin);
}

export function fetchAt(host: string): Promise<FetchOutcome> {
  return clientAt(host).fetchUsersInfo(ENTRIES, 'email');
}

export async function fetchFrom(respond: Respond): Promise<FetchOutcome> {
  return fetchAt((await start(respond)).origin);
}

export function failureOf(outcome: FetchOutcome | ListingOutcome): ApiFailure {
  if (outcome.ok) throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  return outcome.failure;
}

function clientAt(host: string): KoreClient {
  const client = createKoreClient({
    host,
    mint: createTokenMint({ clientId: 'cs-1', clientSecret: SECRET }),
    secrets: [SECRET],
    now: () => NOW,
    timeouts: { responseMs: 150, readMs: 150 },
    maxReplyBytes: 1_000_000,
  });
  toClose.push(() => client.close());
  return client;
}
