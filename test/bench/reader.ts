import { z } from 'zod';
import type { Bench } from './bench.ts';
import { startChild } from './child.ts';

export const readerOrderSchema = z.discriminatedUnion('order', [
  z.strictObject({ order: z.literal('read'), databaseUrl: z.string(), somebody: z.string() }),
  z.strictObject({ order: z.literal('stop') }),
]);
type ReaderOrder = z.infer<typeof readerOrderSchema>;

/** The longest they had to wait for an answer. */
const readerAnswerSchema = z.strictObject({
  ms: z.number(),
  /** When they asked, in milliseconds since 1970. */
  at: z.number(),
  question: z.string(),
});
export type ReaderAnswer = z.infer<typeof readerAnswerSchema>;

export interface BenchReader {
  readonly pids: readonly number[];
  /** The processes of the server that answer it. */
  readonly backendPids: readonly number[];
  stop(): Promise<ReaderAnswer>;
}

/** Somebody who looks into the directory while a night is under way: how fresh it is, and what one person holds. */
export async function startReader(
  { signal }: Bench,
  who: { readonly databaseUrl: string; readonly somebody: string },
): Promise<BenchReader> {
  const child = startChild('reader-process.js', signal);
  const ask = (order: ReaderOrder): Promise<unknown> => child.ask(order);
  const opened = z.strictObject({ backendPid: z.number() }).parse(await ask({ order: 'read', ...who }));
  return {
    pids: [child.pid],
    backendPids: [opened.backendPid],
    async stop() {
      const answer = readerAnswerSchema.parse(await ask({ order: 'stop' }));
      await child.end();
      return answer;
    },
  };
}
