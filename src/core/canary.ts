import type { EntryKind } from './answer.ts';
import type { Scope } from './change.ts';

/** An entry whose access is known for certain. Where it comes back otherwise, the answers are not to be trusted. */
export interface Canary {
  /** Of the file, from 1: what messages call it by. */
  readonly line: number;
  readonly entry: string;
  readonly kind: EntryKind;
  /** By name or id; null: the entry only has to be found. */
  readonly role: string | null;
  /** By name or id; null: on whatever bot, or on the account. */
  readonly bot: string | null;
  /** Null: either. */
  readonly scope: Scope | null;
}

/** A role that a canary was seen with tonight. */
export interface CanaryRole {
  readonly scope: Scope;
  readonly roleId: string;
  readonly roleName: string | null;
  readonly botId: string | null;
  readonly botName: string | null;
}

/** A canary and what tonight's answers say of it. */
export interface CanarySighting {
  readonly canary: Canary;
  readonly answer: 'found' | 'absent' | 'unanswered';
  readonly roles: readonly CanaryRole[];
}

const MOST_NAMED = 5;

/**
 * Judges what came back. Null where each canary is as it should be; else one sentence that names the first few
 * by their line, since an entry is somebody's address.
 */
export function checkCanaries(sightings: readonly CanarySighting[]): string | null {
  const faults = sightings.flatMap((sighting) => describeFault(sighting) ?? []);
  if (faults.length === 0) return null;
  const named = faults.slice(0, MOST_NAMED).join(', ');
  const others = faults.length > MOST_NAMED ? `, and ${faults.length - MOST_NAMED} more` : '';
  const whole =
    sightings.length === 1 ? 'the only canary' : `${faults.length} of ${sightings.length} canaries`;
  return `${whole} came back otherwise: ${named}${others}`;
}

function describeFault({ canary, answer, roles }: CanarySighting): string | null {
  const place = `line ${canary.line}`;
  if (answer === 'absent') return `${place} was said not to exist`;
  if (answer === 'unanswered') return `${place} was not answered`;
  if (roles.some((role) => isExpected(canary, role))) return null;
  return canary.role === null ? null : `${place} lacks the role "${canary.role}"${describePlace(canary)}`;
}

function describePlace({ bot, scope }: Canary): string {
  if (bot !== null) return ` on "${bot}"`;
  return scope === 'admin' ? ' on the account' : '';
}

function isExpected({ role, bot, scope }: Canary, seen: CanaryRole): boolean {
  return (
    role !== null &&
    isNamed(role, seen.roleId, seen.roleName) &&
    (bot === null || isNamed(bot, seen.botId, seen.botName)) &&
    (scope === null || scope === seen.scope)
  );
}

/** An id is exact; a name that a person typed need not keep the case. */
function isNamed(wanted: string, id: string | null, name: string | null): boolean {
  return wanted === id || wanted.toLowerCase() === name?.toLowerCase();
}
