import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { printRows } from '../../src/cli/print-rows.ts';
import { readSnapshot, ROWS_AT_A_TIME } from '../../src/store/reading/snapshot.ts';
import { loadNearEmails } from '../../src/store/reading/people.ts';
import { openStore } from '../support/store.ts';

interface Numbered {
  readonly n: number;
}

const SERIES = 'SELECT n FROM generate_series(1, $1::int) n ORDER BY n';

describe('a snapshot', () => {
  test('streams rows in order, with no more of them in flight than a chunk and what waits to be written', async () => {
    // I11
    const { database } = await openStore();
    let taken = 0;
    let written = 0;
    let most = 0;
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    stdout.setEncoding('utf8').on('data', (text: string) => {
      most = Math.max(most, taken - written);
      written += text.split('"n":').length - 1;
    });
    await readSnapshot(database, async (snapshot) => {
      async function* count(): AsyncGenerator<Numbered> {
        for await (const row of snapshot.stream<Numbered>(SERIES, [20_000])) {
          taken += 1;
          expect(row.n).toBe(taken);
          yield row;
        }
      }
      const listing = { caption: [], rows: count(), keys: ['n'] as const, columns: [], empty: '' };
      await printRows({ stdout, stderr }, 'json', listing);
    });
    expect([taken, written]).toEqual([20_000, 20_000]);
    // Some 16 KB at a time, in each of a few buffers, of rows of ten characters.
    expect(most).toBeLessThan(10_000);
  });

  test('asks for no more rows when nobody reads on', async () => {
    const { database } = await openStore();
    await readSnapshot(database, async (snapshot) => {
      for await (const { n } of snapshot.stream<Numbered>(SERIES, [1_000_000])) if (n === 3) break;
      // The cursor is closed: the next may begin.
      const rows: number[] = [];
      for await (const { n } of snapshot.stream<Numbered>(SERIES, [ROWS_AT_A_TIME])) rows.push(n);
      expect(rows).toHaveLength(ROWS_AT_A_TIME);
    });
  });

  test('does not see what is committed meanwhile, and writes nothing', async () => {
    const { database, query } = await openStore();
    const bots = 'SELECT bot_id FROM directory.bot_names';
    await readSnapshot(database, async (snapshot) => {
      expect(await snapshot.load(bots)).toEqual([]);
      await query(`INSERT INTO bots (bot_id) VALUES ('b');
                   INSERT INTO bot_names (bot_ref, valid_from) SELECT id, now() FROM bots`);
      expect(await snapshot.load(bots)).toEqual([]);
    });
    await readSnapshot(database, async (snapshot) => {
      expect(await snapshot.load(bots)).toEqual([{ bot_id: 'b' }]);
    });
    await expect(
      readSnapshot(database, (snapshot) => snapshot.load(`SELECT nextval('bots_id_seq')`)),
    ).rejects.toThrow('read-only');
  });
});

describe('near addresses', () => {
  test('are found by a slip anywhere and by their beginning', async () => {
    const { database, query } = await openStore();
    await query(`
      INSERT INTO users (user_id, email, bot_roles_seen, admin_roles_seen, groups_seen, tasks_seen, first_seen_at)
      SELECT 'u' || n, 'person' || n || '@example.com', true, true, true, true, now() FROM generate_series(1, 20000) n;
      INSERT INTO user_versions (person_id, email, valid_from) SELECT id, email, first_seen_at FROM users;
      ANALYZE users, user_versions`);
    await readSnapshot(database, async (snapshot) => {
      expect(await loadNearEmails(snapshot, 'persn777@example.com')).toContain('person777@example.com');
      expect(await loadNearEmails(snapshot, 'qerson777@example.com')).toContain('person777@example.com');
      expect(await loadNearEmails(snapshot, 'person777@exmpl.org')).toContain('person777@example.com');
      expect((await loadNearEmails(snapshot, 'somebody')).length).toBeLessThanOrEqual(50);
    });
  });
});
