import type { BatchAnswers, EntryKind } from '../core/answer.ts';
import { interpretListing } from './listing.ts';
import type { ListingOutcome } from './listing.ts';
import { interpretReply } from './reply.ts';
import type { Failed, Reply } from './reply.ts';
import { createSecretMask } from './secret-mask.ts';
import type { TokenMint } from './token.ts';
import { createTransport } from './transport.ts';
import type { RawReply, SendOutcome, TransportOptions } from './transport.ts';

export interface KoreClientOptions extends TransportOptions {
  /** With scheme; a path before `/api` is kept. */
  readonly host: string;
  readonly mint: TokenMint;
  /** Whatever a server may quote but nobody may read, such as the client secret; the token is added by itself. */
  readonly secrets?: readonly string[];
  readonly now?: () => Date;
}

export type FetchOutcome =
  | {
      readonly ok: true;
      readonly answers: BatchAnswers;
      /** The server's clock, to a second. */
      readonly serverDate?: Date;
      readonly durationMs: number;
    }
  | (Failed & {
      /** The server's clock, where a server answered. */
      readonly serverDate?: Date;
    });

export interface ListingQuery {
  /** Users to skip. */
  readonly offset: number;
  /** Users at most; how many a server gives at most is not documented. */
  readonly limit: number;
}

export interface KoreClient {
  /**
   * Asks about entries of one kind, in one HTTP attempt with a token of its own.
   *
   * Whatever the server does is an outcome, never an exception; an abort through `signal` is the failure
   * `cancelled`. Throws only what `mint` throws.
   */
  fetchUsersInfo(
    entries: readonly string[],
    entryKind: EntryKind,
    signal?: AbortSignal,
  ): Promise<FetchOutcome>;
  /** One page of everybody in the account, asked for in the manner of `fetchUsersInfo`. */
  fetchListingPage(query: ListingQuery, signal?: AbortSignal): Promise<ListingOutcome>;
  /** Closes the kept connections; calls under way fail. */
  close(): void;
}

const USERS_INFO_PATH = '/api/public/usersInfo';
const ALL_USER_ROLES_PATH = '/api/public/alluserroles';

export function createKoreClient(options: KoreClientOptions): KoreClient {
  const { host, mint, secrets = [], now = () => new Date() } = options;
  const transport = createTransport(options);
  const base = host.replace(/\/+$/, '');

  const maskSecrets = createSecretMask(secrets);

  /** With a token of its own, which no reply can bring back. */
  async function ask(send: (token: string) => Promise<SendOutcome>): Promise<Asked> {
    const token = await mint(now());
    const sent = await send(token);
    if (!sent.ok) return sent;
    const maskToken = createSecretMask([token]);
    const reply = maskReply(sent.reply, (text) => maskToken(maskSecrets(text)));
    return { ok: true, reply: { ...reply, now: reply.serverDate ?? now() } };
  }

  return {
    async fetchUsersInfo(entries, entryKind, signal) {
      const startedAt = performance.now();
      const url = base + USERS_INFO_PATH;
      const body = buildBody(entries, entryKind);
      const asked = await ask((token) => transport.postJson(url, token, body, signal));
      if (!asked.ok) return asked;
      const { reply } = asked;
      const outcome = interpretSafely(reply, () => interpretReply(reply, entries, entryKind));
      const dated = { ...outcome, ...(reply.serverDate !== undefined && { serverDate: reply.serverDate }) };
      return dated.ok ? { ...dated, durationMs: performance.now() - startedAt } : dated;
    },
    async fetchListingPage({ offset, limit }, signal) {
      const url = `${base}${ALL_USER_ROLES_PATH}?limit=${limit}&offset=${offset}`;
      const asked = await ask((token) => transport.getJson(url, token, signal));
      if (!asked.ok) return asked;
      const { reply } = asked;
      return interpretSafely(reply, () => interpretListing(reply));
    },
    close: () => transport.close(),
  };
}

type Asked = { readonly ok: true; readonly reply: Reply & RawReply } | Failed;

/** The filter that leaves nobody out: with another, somebody suspended would look as if they had not been answered. */
function buildBody(entries: readonly string[], entryKind: EntryKind): unknown {
  return entryKind === 'email'
    ? { emailIds: entries, status: 'all' }
    : { orgUserIds: entries, status: 'all' };
}

/** Before anything is read: what a reply says may end up in a table as well as in a log (I8). */
function maskReply(reply: RawReply, mask: (text: string) => string): RawReply {
  return {
    ...reply,
    contentType: reply.contentType === undefined ? undefined : mask(reply.contentType),
    location: reply.location === undefined ? undefined : mask(reply.location),
    text: mask(reply.text),
  };
}

/** The last net under what is total as far as its tests can tell: a reply must not end a worker. */
function interpretSafely<T>(reply: Reply, interpret: () => T): T | Failed {
  try {
    return interpret();
  } catch (error) {
    const name = error instanceof Error ? error.constructor.name : typeof error;
    return {
      ok: false,
      failure: { kind: 'unknown', status: reply.status, message: `${name} while reading the reply` },
    };
  }
}
