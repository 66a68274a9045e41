import pg from 'pg';

/** Drops the database named by a connection string, whoever is connected to it, and creates it empty. */
export async function recreateDatabase(url: string): Promise<void> {
  const maintenance = new URL(url);
  const name = pg.escapeIdentifier(decodeURIComponent(maintenance.pathname.slice(1)));
  maintenance.pathname = '/postgres';
  const client = new pg.Client({ connectionString: maintenance.href });
  await client.connect();
  try {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
}
