import type { Snapshot } from './snapshot.ts';

export interface RoleRef {
  readonly scope: 'bot' | 'admin';
  readonly role_id: string;
}

/** Roles with that id, or with that name now or earlier, without regard to case. Roles are few. */
export async function loadRoles(snapshot: Snapshot, text: string): Promise<readonly RoleRef[]> {
  return snapshot.load<RoleRef>(
    `SELECT DISTINCT scope, role_id FROM directory.role_names
      WHERE role_id = $1 OR lower(role_name) = lower($1) ORDER BY scope, role_id`,
    [text],
  );
}

/** What somebody who meant a role may have written: every name and every id. */
export async function loadRoleWords(snapshot: Snapshot): Promise<readonly string[]> {
  return loadWords(snapshot, 'role');
}

/** Ids of the bots with that id, or with that name now or earlier, without regard to case. */
export async function loadBots(snapshot: Snapshot, text: string): Promise<readonly string[]> {
  const rows = await snapshot.load<{ bot_id: string }>(
    'SELECT DISTINCT bot_id FROM directory.bot_names WHERE bot_id = $1 OR lower(bot_name) = lower($1) ORDER BY bot_id',
    [text],
  );
  return rows.map((row) => row.bot_id);
}

export async function loadBotWords(snapshot: Snapshot): Promise<readonly string[]> {
  return loadWords(snapshot, 'bot');
}

async function loadWords(snapshot: Snapshot, what: 'role' | 'bot'): Promise<readonly string[]> {
  const rows = await snapshot.load<{ word: string }>(
    `SELECT ${what}_name AS word FROM directory.${what}_names WHERE ${what}_name IS NOT NULL
     UNION SELECT ${what}_id FROM directory.${what}_names`,
  );
  return rows.map((row) => row.word);
}
