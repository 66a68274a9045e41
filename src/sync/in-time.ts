/** Whoever asks has a time-out too, and a reason is better than none. */
const PATIENCE_MS = 4_000;

export type Asked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/**
 * Asks what may be away or hang. Never rejects, and answers within seconds. The reason is the same whatever the
 * error: its text may hold an address, and the log has it.
 */
export async function askInTime<T>(ask: () => Promise<T>): Promise<Asked<T>> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Asked<T>>((resolve) => {
    const reason = `no answer within ${PATIENCE_MS / 1_000} s`;
    timer = setTimeout(() => resolve({ ok: false, reason }), PATIENCE_MS);
  });
  const asked = ask().then(
    (value): Asked<T> => ({ ok: true, value }),
    (): Asked<T> => ({ ok: false, reason: 'cannot be reached; the log says why' }),
  );
  try {
    return await Promise.race([asked, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
