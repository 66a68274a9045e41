import type { KoreClient } from './client.ts';
import type { Failed } from './reply.ts';

/** `failure`: its kind; null where the call was answered. */
export type OnCall = (call: { readonly durationMs: number; readonly failure: string | null }) => void;

/** The same client, and `onCall` is told of every call when it has ended. A cancelled one says nothing of the account. */
export function measureCalls(client: KoreClient, onCall: OnCall): KoreClient {
  const measure = async <Outcome extends { readonly ok: true } | Failed>(
    call: Promise<Outcome>,
  ): Promise<Outcome> => {
    const startedAt = performance.now();
    const outcome = await call;
    const failure = outcome.ok ? null : outcome.failure.kind;
    if (failure !== 'cancelled') onCall({ durationMs: performance.now() - startedAt, failure });
    return outcome;
  };
  return {
    fetchUsersInfo: (entries, kind, signal) => measure(client.fetchUsersInfo(entries, kind, signal)),
    fetchListingPage: (query, signal) => measure(client.fetchListingPage(query, signal)),
    close: () => client.close(),
  };
}
