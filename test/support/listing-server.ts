import { onTestFinished } from 'vitest';
import { sendJson, startHttpServer } from './http-server.ts';

export interface ListedPerson {
  readonly userId: string;
  readonly username: string;
  readonly orgUserId?: string;
}

export interface ListingCall {
  /** Counts from 1. */
  readonly no: number;
  readonly offset: number;
  readonly limit: number;
  readonly token: string;
  readonly at: number;
}

/** What a page is before it is sent: a scenario may change any of it. */
export interface DraftPage {
  total: number;
  availableMore: boolean;
  users: readonly ListedPerson[];
}

export interface ListingServer {
  readonly origin: string;
  readonly calls: readonly ListingCall[];
  /** May be changed between calls: people join and leave. */
  people: readonly ListedPerson[];
}

export interface ListingBehaviour {
  /** Users in a page at most, whatever is asked for. */
  readonly cap?: number;
  /** The status and the words to refuse a call with; null: it is answered. */
  readonly refuse?: (call: ListingCall) => readonly [status: number, msg: string] | null;
  readonly change?: (page: DraftPage, call: ListingCall) => void;
  /** A page that was made is held back until this resolves. */
  readonly untilSent?: () => Promise<unknown>;
}

export function makePeople(count: number, from = 1): ListedPerson[] {
  return Array.from({ length: count }, (_, index) => {
    const no = from + index;
    return { userId: `u-${no}`, username: `Person.${no}@Example.com`, orgUserId: `o-${no}` };
  });
}

/** An account that lists its people, in a way of its own; gone when the test ends. */
export async function startListingServer(
  people: readonly ListedPerson[],
  { cap = Infinity, refuse, change, untilSent }: ListingBehaviour = {},
): Promise<ListingServer> {
  const calls: ListingCall[] = [];
  const state = { people };
  const server = await startHttpServer((request, response) => {
    const { searchParams } = new URL(request.path, 'http://account.invalid');
    const call = {
      no: calls.length + 1,
      offset: Number(searchParams.get('offset')),
      limit: Number(searchParams.get('limit')),
      token: String(request.headers['auth']),
      at: performance.now(),
    };
    calls.push(call);
    const refusal = refuse?.(call) ?? null;
    if (refusal !== null) {
      const [status, msg] = refusal;
      sendJson(response, { errors: [{ msg, code: status }] }, status);
      return;
    }
    const end = call.offset + Math.min(call.limit, cap);
    const page = {
      total: state.people.length,
      availableMore: end < state.people.length,
      users: state.people.slice(call.offset, end),
    };
    change?.(page, call);
    void Promise.resolve(untilSent?.()).then(() => sendJson(response, page));
  });
  onTestFinished(() => server.close());
  return {
    origin: server.origin,
    calls,
    get people() {
      return state.people;
    },
    set people(now) {
      state.people = now;
    },
  };
}
