import type { AlertRule } from '../../src/core/alert-rule.ts';

/** A change as a rule sees it, in a form of its own: it shares nothing with the SQL that it judges. */
export interface DrawnChange {
  readonly kind: string;
  readonly scope: string | null;
  readonly roleId: string | null;
  readonly roleName: string | null;
  readonly botId: string | null;
  readonly botName: string | null;
  readonly groupId: string | null;
  readonly groupName: string | null;
  readonly userId: string | null;
  readonly email: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** Whether docs/alerts.md would have the rule match the change. */
export function matchesByTheBook(rule: AlertRule, change: DrawnChange): boolean {
  const sides = [change.before, change.after].filter((side) => isSide(side));
  const renamedFrom = (kind: string) => (change.kind === kind ? [change.before] : []);
  return (
    rule.changes.some((kind) => kind === change.kind) &&
    (rule.scope === null || rule.scope === change.scope) &&
    (rule.source === null ||
      sides.some(({ direct, via_groups: groups }) =>
        rule.source === 'direct' ? direct !== false : groups === null || groups.length > 0,
      )) &&
    meets(rule.roles, [change.roleId, change.roleName, ...renamedFrom('role_renamed')]) &&
    meets(rule.bots, [change.botId, change.botName, ...renamedFrom('bot_renamed')]) &&
    meets(rule.groups, [
      change.groupId,
      change.groupName,
      ...renamedFrom('group_renamed'),
      ...sides.flatMap(({ via_groups: groups }) => groups ?? []),
    ]) &&
    meets(rule.users, [change.userId, change.email, ...renamedFrom('email_changed')])
  );
}

interface Side {
  readonly direct: boolean | null;
  readonly via_groups: readonly string[] | null;
}

function isSide(value: unknown): value is Side {
  return typeof value === 'object' && value !== null;
}

function meets(globs: readonly string[] | null, names: readonly unknown[]): boolean {
  if (globs === null) return true;
  return names.some((name) => typeof name === 'string' && globs.some((glob) => matchesGlob(glob, name)));
}

/** Without an engine of patterns: one sign after the other. */
function matchesGlob(glob: string, name: string): boolean {
  const [sign, ...rest] = Array.from(glob.toLowerCase());
  const [first, ...others] = Array.from(name.toLowerCase());
  if (sign === undefined) return first === undefined;
  if (sign === '*') {
    return matchesGlob(rest.join(''), name) || (first !== undefined && matchesGlob(glob, others.join('')));
  }
  return (
    first !== undefined && (sign === '?' || sign === first) && matchesGlob(rest.join(''), others.join(''))
  );
}
