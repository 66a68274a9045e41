import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { serveParent } from './child.ts';
import { readerOrderSchema, type ReaderAnswer } from './reader.ts';

const EVERY_MS = 20;
/** Whoever waits as long as this is sent away: the night is not measured any longer for it. */
const PATIENCE_MS = 10_000;
/** What PostgreSQL says then. */
const QUERY_CANCELED = '57014';

const questionsAbout = (somebody: string): readonly pg.QueryConfig[] => [
  { name: 'freshness', text: 'SELECT * FROM directory.freshness' },
  { name: 'grants', text: 'SELECT * FROM directory.role_grants WHERE user_id = $1', values: [somebody] },
];

/** Somebody who looks into the directory all night, and remembers how long they had to wait. */
class Reader {
  readonly backendPid: number;
  readonly #client: pg.Client;
  readonly #stopping = new AbortController();
  readonly #reading: Promise<ReaderAnswer>;

  constructor(client: pg.Client, backendPid: number, questions: readonly pg.QueryConfig[]) {
    this.backendPid = backendPid;
    this.#client = client;
    this.#reading = this.#read(questions);
  }

  stop(): Promise<ReaderAnswer> {
    this.#stopping.abort();
    return this.#reading;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#client.end();
  }

  async #read(questions: readonly pg.QueryConfig[]): Promise<ReaderAnswer> {
    const longest = { ms: 0, at: 0, question: '' };
    while (!this.#stopping.signal.aborted) {
      for (const question of questions) {
        const at = Date.now();
        const startedAt = performance.now();
        await this.#client.query(question).catch(forgiveImpatience);
        const ms = performance.now() - startedAt;
        if (ms > longest.ms) Object.assign(longest, { ms, at, question: question.name ?? '' });
      }
      await delay(EVERY_MS);
    }
    return longest;
  }
}

function forgiveImpatience(error: unknown): void {
  if (!(error instanceof pg.DatabaseError) || error.code !== QUERY_CANCELED) throw error;
}

async function openReader(databaseUrl: string, somebody: string): Promise<Reader> {
  const client = new pg.Client({ connectionString: databaseUrl, statement_timeout: PATIENCE_MS });
  await client.connect();
  // Once, so that what the server has to look up first is no wait.
  const questions = questionsAbout(somebody);
  for (const question of questions) await client.query(question);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return new Reader(client, rows[0]?.pid ?? 0, questions);
}

let reader: Reader | undefined;
await serveParent(async (message) => {
  const order = readerOrderSchema.parse(message);
  if (order.order === 'stop') return (await reader?.stop()) ?? {};
  reader = await openReader(order.databaseUrl, order.somebody);
  return { backendPid: reader.backendPid };
});
await reader?.close();
