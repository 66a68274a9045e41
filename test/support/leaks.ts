import type { Redis } from 'ioredis';
import type { TestDatabase } from './postgres.ts';

/** Whatever begins like a token in compact form: `{"` in base64url, and enough of it to matter. */
const TOKEN = /eyJ[\w-]{8,}/g;

/** Every secret in every form it could travel in, and everything that looks like a token, with what is around it. */
export function findLeaks(text: string, secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ]);
  const around = (at: number) => text.slice(Math.max(0, at - 60), at + 60);
  return [
    ...forms.map((form) => text.indexOf(form)).filter((at) => at !== -1),
    ...Array.from(text.matchAll(TOKEN), ({ index }) => index),
  ].map(around);
}

/** Every row of every table, those of the queue among them. */
export async function dumpDatabase(database: TestDatabase): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const dumps: string[] = [];
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    dumps.push(name, ...rows.map(({ row }) => row));
  }
  return dumps.join('\n');
}

/** Every key and every value. */
export async function dumpRedis(redis: Redis): Promise<string> {
  const dumps: string[] = [];
  for (const key of await redis.keys('*')) {
    dumps.push(key, JSON.stringify(await readValue(redis, key)));
  }
  return dumps.join('\n');
}

async function readValue(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return await redis.get(key);
    case 'hash':
      return await redis.hgetall(key);
    case 'list':
      return await redis.lrange(key, 0, -1);
    case 'set':
      return await redis.smembers(key);
    case 'zset':
      return await redis.zrange(key, '0', '-1', 'WITHSCORES');
    case 'stream':
      return await redis.xrange(key, '-', '+');
    default:
      throw new Error(`${key} is of a type nobody reads here: ${type}`);
  }
}
