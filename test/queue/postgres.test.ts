import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { openQueues, type Queues } from '../../src/queue/engine.ts';
import { recordLog } from '../support/log-record.ts';
import { createTestDatabase } from '../support/postgres.ts';

async function createEmptyDatabase(): Promise<string> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  return database.url;
}

async function open(databaseUrl: string): Promise<Queues> {
  const engine = { kind: 'postgres' as const, databaseUrl };
  const queues = await openQueues({ engine, prefix: 'test', logger: recordLog() });
  onTestFinished(() => queues.close());
  return queues;
}

describe('the queue in PostgreSQL', () => {
  it('is set up once, however many processes start on an empty database at the same time', async () => {
    const url = await createEmptyDatabase();
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    await opened[0]?.enqueue([{ job: { name: 'finish-run', payload: { runId: '1' } } }]);
    expect(await Promise.all(opened.map((queues) => queues.heldJobs('runs')))).toEqual([1, 1, 1, 1, 1]);
  });

  it('finds its tables whatever search path the URL asks for', async () => {
    const url = new URL(await createEmptyDatabase());
    url.searchParams.set('options', '-c search_path=elsewhere');
    expect(await (await open(url.href)).heldJobs('batches')).toBe(0);
  });

  it('says which right is missing where the user may not create it', async () => {
    const name = `guest_${randomBytes(6).toString('hex')}`;
    const url = new URL(await createEmptyDatabase());
    const owner = new Client({ connectionString: inject('postgresUrl') });
    await owner.connect();
    onTestFinished(async () => {
      await owner.query(`DROP ROLE ${name}`);
      await owner.end();
    });
    await owner.query(`CREATE ROLE ${name} LOGIN PASSWORD 'guest'`);
    url.username = name;
    url.password = 'guest';
    const opened = open(url.href);
    await expect(opened).rejects.toMatchObject({ code: 'DATABASE_MIGRATION_FAILED' });
    await expect(opened).rejects.toThrow(/schema bullmq: permission denied .* must own the database/);
  });
});
