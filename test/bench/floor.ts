import { Agent, request } from 'node:http';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { createTokenMint } from '../../src/kore/token.ts';
import { BATCH_SIZE, CONCURRENCY, type Assignment, type Contender } from './contender.ts';
import { Dictionaries } from './floor-dictionaries.ts';
import { fingerprint, KnownPeople, loadKnown, loadUnrostered } from './floor-known.ts';
import { NewPeople } from './floor-new.ts';
import { cutBatches, parseItems, readEntries, USERS_INFO_PATH } from './reply.ts';

/** Measured: with 500, 1,000 or 5,000 it was no faster. */
const USERS_PER_WRITE = 2_000;

/**
 * What a night cannot be faster than: the same calls, the same rows in the product's own schema, history included,
 * and nothing else. No queue, staging, checks, plan, audit or alerts; one token for all calls; ids out of a counter; a
 * crash leaves half a night, and a reader sees it.
 */
export async function openFloor({ account, rosterFile, databaseUrl }: Assignment): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONCURRENCY });
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const token = await createTokenMint(account)(new Date());
  const ask: Ask = (emailIds) =>
    postJson(`${account.host}${USERS_INFO_PATH}`, agent, token, JSON.stringify({ emailIds }));
  return {
    async run() {
      const known = await Dictionaries.load(pool);
      const isBaseline = known.people === 0;
      const roster = readEntries(await readFile(rosterFile, 'utf8'));
      const unrostered = isBaseline ? [] : await loadUnrostered(pool, roster);
      const blocks = [...cutBlocks(roster, true), ...cutBlocks(unrostered, false)].values();
      const work = async (): Promise<void> => {
        for (const block of blocks) await writeBlock(pool, ask, known, isBaseline, block);
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
      await known.save(pool);
    },
    async close() {
      agent.destroy();
      await pool.end();
    },
  };
}

type Ask = (emailIds: readonly string[]) => Promise<string>;

interface Block {
  readonly entries: readonly string[];
  readonly isRostered: boolean;
}

/** As many as there are hands for, or twice as many, and so on: nobody is idle at the end. */
function cutBlocks(entries: readonly string[], isRostered: boolean): Block[] {
  const blocks = Math.max(1, Math.ceil(entries.length / USERS_PER_WRITE / CONCURRENCY)) * CONCURRENCY;
  const calls = Math.max(1, Math.ceil(entries.length / blocks / BATCH_SIZE));
  return cutBatches(entries, calls * BATCH_SIZE).map((some) => ({ entries: some, isRostered }));
}

async function writeBlock(
  pool: pg.Pool,
  ask: Ask,
  known: Dictionaries,
  isBaseline: boolean,
  { entries, isRostered }: Block,
): Promise<void> {
  const before = isBaseline ? [] : await loadKnown(pool, entries);
  const missing = new Map(before.map((person) => [person.entry, person]));
  const newPeople = new NewPeople(known);
  const knownPeople = new KnownPeople(known);
  for (const emailIds of cutBatches(entries, BATCH_SIZE)) {
    for (const item of parseItems(await ask(emailIds))) {
      const entry = item.userInfo.emailId.toLowerCase();
      const person = missing.get(entry);
      const hashed = fingerprint(item);
      if (person === undefined) newPeople.add(item, hashed);
      else knownPeople.compare(person, item, hashed);
      missing.delete(entry);
    }
  }
  for (const person of missing.values()) knownPeople.remove(person, isRostered);
  await inTransaction(pool, async (connection) => {
    await newPeople.save(connection);
    await knownPeople.save(connection);
  });
}

async function inTransaction(
  pool: pg.Pool,
  work: (connection: pg.ClientBase) => Promise<void>,
): Promise<void> {
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    await work(connection);
    await connection.query('COMMIT');
  } finally {
    connection.release();
  }
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
