import type { ListedUser } from '../core/listing.ts';
import { excerpt, parseRosterEntry, type RosterLine } from '../core/roster-entry.ts';

/**
 * Makes the roster's line of a user that Kore.ai listed at this place, counted from 1.
 *
 * They are asked about by address wherever the username is one, as in every documented sample: fifty to a
 * call, and replies name addresses. An org user id costs a call of its own and is what is left.
 */
export function parseListedUser({ username = '', orgUserId = '' }: ListedUser, line: number): RosterLine {
  const byAddress = parseRosterEntry(username, 'email');
  if (byAddress.ok) return { line, ...byAddress };
  const byId = parseRosterEntry(orgUserId, 'org_user_id');
  if (byId.ok) return { line, ...byId };
  const reason = `username ${byAddress.reason}; orgUserId ${byId.reason}`;
  return { line, ok: false, reason, text: excerpt(username === '' ? orgUserId : username) };
}
