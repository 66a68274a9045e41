import { expect, onTestFinished, test } from 'vitest';
import type { TestDatabase } from '../support/postgres.ts';
import { killAt } from './kill.ts';
import { readOutcome } from './outcome.ts';
import { PostgresWire } from './postgres-wire.ts';
import { RedisWire } from './redis-wire.ts';
import { prepareScene } from './scene.ts';

async function takeEvening(): Promise<TestDatabase> {
  const scene = await prepareScene('postgres');
  onTestFinished(() => scene.close());
  const database = await scene.takeEvening();
  onTestFinished(() => database.drop());
  return database;
}

test('an outcome tells every kind of damage from none', async () => {
  const database = await takeEvening();
  const whole = await readOutcome(database);
  expect(whole.difference).toBeNull();
  const damages = {
    'a grant that has ended': `UPDATE role_grants SET valid_to = clock_timestamp() WHERE id = (SELECT min(id) FROM role_grants)`,
    'a source that is gone': `DELETE FROM grant_sources WHERE id = (SELECT max(id) FROM grant_sources)`,
    'somebody removed': `UPDATE users SET removed_at = clock_timestamp() WHERE user_id = 'u-ann'`,
    'a change nobody made': `INSERT INTO changes (run_id, kind, user_id) VALUES (1, 'user_added', 'u-ann')`,
    'an alert that is told twice': `INSERT INTO alerts (run_id, rule, channel, change_count) VALUES (1, 'r', 'log', 1)`,
    'an address that leads to nobody': `UPDATE addresses SET person_id = NULL WHERE entry = 'ann@example.com'`,
    'staging left over': `INSERT INTO observations (run_id, entry, batch_no, answer) VALUES (1, 'x', 1, 'absent')`,
    'a run left open': `INSERT INTO runs (key, trigger, base_id) VALUES ('left-open', 'manual', 1)`,
  };
  for (const [what, sql] of Object.entries(damages)) {
    const before = await readOutcome(database);
    await database.query(sql);
    expect({ what, ...(await readOutcome(database)).tables }).not.toEqual({ what, ...before.tables });
  }
});

test('a fault that never fires is a failure, and not a night that went well', async () => {
  const scene = await prepareScene('postgres');
  onTestFinished(() => scene.close());
  const point = {
    server: 'postgres',
    name: 'SELECT nothing',
    nth: 1,
    when: 'after',
    isOfQueue: false,
  } as const;
  await expect(killAt(scene, 'postgres', [point])).rejects.toThrow(/never fired: after 1\. "SELECT nothing"/);
  // But a queue need not ask as often as it did.
  expect(await killAt(scene, 'postgres', [{ ...point, isOfQueue: true }])).toEqual([]);
});

test('PostgreSQL’s messages are read whole, however they are cut', () => {
  const wire = new PostgresWire();
  const startup = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);
  const sent = Buffer.concat([startup, query('BEGIN'), query('DELETE  FROM t'), query('COMMIT')]);
  const requests = [...sent].flatMap((byte) => wire.readRequests(Buffer.from([byte])));
  expect(requests.map(({ name }) => name)).toEqual(['BEGIN', 'DELETE FROM t', 'COMMIT']);
});

test('a transaction is named by its first statement, and is a commit point where it wrote', () => {
  const wire = new PostgresWire();
  wire.readRequests(Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]));
  const ask = (sql: string, status: string) => {
    const [request] = wire.readRequests(query(sql));
    const [reply] = wire.readReplies(
      Buffer.concat([Buffer.from('Z'), Buffer.from([0, 0, 0, 5]), Buffer.from(status)]),
    );
    expect(reply).toEqual(request);
    return request;
  };
  ask('BEGIN', 'T');
  ask('SELECT 1', 'T');
  ask('UPDATE t SET a = 1', 'T');
  expect(ask('COMMIT', 'I')).toEqual({ name: 'COMMIT of SELECT 1', commits: true, isOfQueue: false });
  expect(ask('SELECT 2', 'I')).toEqual({ name: 'SELECT 2', commits: false, isOfQueue: false });
  expect(ask('INSERT INTO t VALUES (1)', 'I')).toMatchObject({ commits: true, isOfQueue: false });
  expect(ask('-- Claims.\nSELECT claim()', 'I')).toMatchObject({ commits: true, isOfQueue: true });
});

function query(sql: string): Buffer {
  const body = Buffer.from(`${sql}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('scripts of Redis are told apart by their digests', () => {
  const wire = new RedisWire();
  const sent = Buffer.from('*2\r\n$7\r\nevalsha\r\n$12\r\n0123456789ab\r\n*1\r\n$4\r\nPING\r\n');
  const requests = [...sent].flatMap((byte) => wire.readRequests(Buffer.from([byte])));
  expect(requests).toEqual([
    { name: 'EVALSHA 01234567', commits: true, isOfQueue: true },
    { name: 'PING', commits: false, isOfQueue: true },
  ]);
});
