import type { Night } from './night.ts';

/** Roles, bots and groups first named tonight, and the renamed ones. Idle on most nights. */
export async function publishNames({ connection, runId, asOf }: Night): Promise<void> {
  for (const { table, thing, key, conflict, scoped, names, ref } of DICTIONARIES) {
    const scopeColumn = scoped ? ', scope' : '';
    const scopeValue = scoped ? ', p.scope::grant_scope' : '';
    const sameScope = scoped ? 'AND d.scope::text = p.scope' : '';
    await connection.query(
      `INSERT INTO ${table} (${key}, name${scopeColumn})
       SELECT p.key, p.name${scopeValue} FROM planned_names p
        WHERE p.run_id = $1 AND p.thing = $2 ORDER BY p.key COLLATE "C"
       ON CONFLICT (${conflict}) DO NOTHING`,
      [runId, thing],
    );
    await connection.query(
      `UPDATE ${table} d SET name = p.name FROM planned_names p
        WHERE p.run_id = $1 AND p.thing = $2 AND d.${key} = p.key ${sameScope}
          AND p.name IS NOT NULL AND d.name IS DISTINCT FROM p.name`,
      [runId, thing],
    );
    await connection.query(
      `UPDATE ${names} n SET valid_to = $1 FROM ${table} d
        WHERE d.id = n.${ref} AND n.valid_to IS NULL AND n.name IS DISTINCT FROM d.name`,
      [asOf],
    );
    await connection.query(
      `INSERT INTO ${names} (${ref}, name, valid_from)
       SELECT d.id, d.name, $1::timestamptz FROM ${table} d
        WHERE NOT EXISTS (SELECT FROM ${names} n WHERE n.${ref} = d.id AND n.valid_to IS NULL)`,
      [asOf],
    );
  }
}

const DICTIONARIES = [
  {
    table: 'roles',
    thing: 'role',
    key: 'role_id',
    conflict: 'role_id, scope',
    scoped: true,
    names: 'role_names',
    ref: 'role_ref',
  },
  {
    table: 'bots',
    thing: 'bot',
    key: 'bot_id',
    conflict: 'bot_id',
    scoped: false,
    names: 'bot_names',
    ref: 'bot_ref',
  },
  {
    table: 'groups',
    thing: 'group',
    key: 'group_id',
    conflict: 'group_id',
    scoped: false,
    names: 'group_names',
    ref: 'group_ref',
  },
] as const;
