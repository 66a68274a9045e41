/** The logical operations of the API, by which calls are counted. */
export type Operation = 'usersInfo' | 'allUserRoles';

/** One HTTP request, read to its end. */
export interface Call {
  /** Null where the path leads nowhere. */
  readonly operation: Operation | null;
  readonly method: string;
  readonly query: URLSearchParams;
  /** The header `auth`. */
  readonly token: string | undefined;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  /** JSON text, unless the headers say something else. */
  readonly body: string;
  /** In lower case; those of JSON where left out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long this reply is held back, on top of every other. */
  readonly latencyMs?: number;
  /** How fast its body travels, where that is slower than every other. */
  readonly bytesPerSecond?: number;
  /** Where the connection breaks or falls silent; the reply arrives where left out. */
  readonly breaks?: Break;
}

/** `reset` ends the connection, `hang` leaves it open and silent until the caller gives up. */
export type Break = 'reset' | 'reset_after_headers' | 'hang' | 'hang_after_headers';

/**
 * One step of the way from a call to its reply: answers itself, or lets the rest `proceed` and returns
 * or alters what comes back.
 */
export type Step = (call: Call, proceed: () => Promise<Reply>) => Promise<Reply>;

/** The steps one after another, the first of them outermost, around what answers in the end. */
export function joinSteps(
  steps: readonly Step[],
  last: (call: Call) => Reply | Promise<Reply>,
): (call: Call) => Promise<Reply> {
  const proceed = async (call: Call, at: number): Promise<Reply> => {
    const step = steps[at];
    return step === undefined ? last(call) : step(call, () => proceed(call, at + 1));
  };
  return (call) => proceed(call, 0);
}
