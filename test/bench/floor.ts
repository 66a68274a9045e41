import { Agent, request } from 'node:http';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { createTokenMint } from '../../src/kore/token.ts';
import { BATCH_SIZE, CONCURRENCY, type Assignment, type Contender } from './contender.ts';
import { Dictionaries, Rows } from './floor-rows.ts';
import { cutBatches, parseItems, USERS_INFO_PATH } from './reply.ts';

/** Measured: with 500, 1,000 or 5,000 it was no faster. */
const USERS_PER_WRITE = 2_000;

/**
 * What a night cannot be faster than: the same calls, the same rows in the product's own schema, and nothing
 * else. No queue, staging, hashes, checks or plan; one token for all calls; ids out of a counter; a crash
 * leaves half a night.
 */
export async function openFloor({ account, rosterFile, databaseUrl }: Assignment): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONCURRENCY });
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const token = await createTokenMint(account)(new Date());
  const ask = (emailIds: readonly string[]): Promise<string> =>
    postJson(`${account.host}${USERS_INFO_PATH}`, agent, token, JSON.stringify({ emailIds }));
  return {
    async run() {
      const batches = cutBatches(await readFile(rosterFile, 'utf8'), BATCH_SIZE).values();
      const dictionaries = new Dictionaries(new Date());
      const work = async (): Promise<void> => {
        let rows = new Rows(dictionaries);
        for (const emailIds of batches) {
          for (const item of parseItems(await ask(emailIds))) rows.add(item);
          if (rows.users < USERS_PER_WRITE) continue;
          await rows.save(pool);
          rows = new Rows(dictionaries);
        }
        await rows.save(pool);
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
      await dictionaries.save(pool);
    },
    async close() {
      agent.destroy();
      await pool.end();
    },
  };
}

function postJson(url: string, agent: Agent, token: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', auth: token };
    request(url, { method: 'POST', agent, headers }, (response) => {
      text(response).then(resolve, reject);
    })
      .once('error', reject)
      .end(body);
  });
}
