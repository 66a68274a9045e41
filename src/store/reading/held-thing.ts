/** What a person has or had: a role, a group or a task. What does not belong to it is null. */
export interface HeldThing {
  readonly scope: 'bot' | 'admin' | null;
  readonly role_id: string | null;
  readonly role_name: string | null;
  readonly bot_id: string | null;
  readonly bot_name: string | null;
  readonly group_id: string | null;
  readonly group_name: string | null;
  readonly task_kind: string | null;
  readonly task_id: string | null;
}

export const HELD_COLUMNS = [
  'scope',
  'role_id',
  'role_name',
  'bot_id',
  'bot_name',
  'group_id',
  'group_name',
  'task_kind',
  'task_id',
] as const satisfies readonly (keyof HeldThing)[];
