import type { Account } from './account.ts';
import type { Reply } from './call.ts';
import { writeReply } from './canned-replies.ts';
import { EDITION_TRAITS, type EditionTraits } from './editions.ts';
import type { Person } from './model.ts';
import type { PersonText } from './person-text.ts';
import { Random } from './random.ts';

const STATUS_FILTERS = ['active', 'not active', 'all'] as const;
type StatusFilter = (typeof STATUS_FILTERS)[number];

export interface UsersInfoRequest {
  readonly kind: 'emailIds' | 'orgUserIds';
  readonly entries: readonly string[];
  readonly filter: StatusFilter;
}

/**
 * `POST /api/public/usersInfo`: one item per entry asked, 200 also where every entry leads to nobody.
 * People whom the status filter excludes are left out. Shuffled, the order depends on the seed and on what was
 * asked, never on earlier calls.
 */
export function answerUsersInfo(account: Account, text: PersonText, body: string, shuffles: boolean): Reply {
  const traits = EDITION_TRAITS[account.edition];
  const request = parseUsersInfoRequest(body, traits);
  if (request === null) return writeReply('invalid_arguments');
  const { kind, entries, filter } = request;
  const items: string[] = [];
  let failed = 0;
  for (const entry of entries) {
    const person = kind === 'emailIds' ? account.findByEmail(entry) : account.findByOrgUserId(entry);
    if (person === undefined) {
      items.push(writeFailure(kind === 'emailIds' ? entry : undefined, traits));
      failed += 1;
    } else if (passesFilter(person, filter)) {
      items.push(text.writeUserInfo(person));
    }
  }
  if (traits.bareFailure && entries.length === 1 && failed === 1)
    return { status: 200, body: items.join('') };
  if (shuffles) new Random(account.seed, 'answers', entries.length, entries[0] ?? '').shuffle(items);
  return { status: 200, body: `[${items.join(',')}]` };
}

/** No documented answer echoes an org user id, a failure no more than a success. */
function writeFailure(emailId: string | undefined, traits: EditionTraits): string {
  return JSON.stringify({ userInfo: { emailId, status: 'failure', reason: traits.notFound } });
}

function passesFilter(person: Person, filter: StatusFilter): boolean {
  return filter === 'all' || (filter === 'active') === (person.status.toLowerCase() === 'active');
}

/** Null where the body is no request that the edition understands. */
export function parseUsersInfoRequest(body: string, traits: EditionTraits): UsersInfoRequest | null {
  const fields = parseFields(body);
  if (fields === null) return null;
  const filter = parseFilter(fields.get('status'));
  const kind = fields.has('emailIds') || !traits.acceptsOrgUserIds ? 'emailIds' : 'orgUserIds';
  const entries = fields.get(kind);
  if (filter === null || !isTextList(entries) || entries.length === 0) return null;
  return { kind, entries, filter };
}

function parseFields(body: string): ReadonlyMap<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? new Map<string, unknown>(Object.entries(parsed)) : null;
  } catch {
    return null;
  }
}

function parseFilter(status: unknown): StatusFilter | null {
  if (status === undefined) return 'all';
  return STATUS_FILTERS.find((filter) => filter === status) ?? null;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
