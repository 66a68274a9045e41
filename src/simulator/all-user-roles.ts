import type { Account } from './account.ts';
import type { Reply } from './call.ts';
import { writeReply } from './canned-replies.ts';
import type { Person } from './model.ts';
import type { PersonText } from './person-text.ts';

// No default is documented; this is the greatest page the sibling listings allow.
const DEFAULT_LIMIT = 50;

export interface Page {
  readonly people: readonly Person[];
  readonly availableMore: boolean;
}

/** `GET /api/public/alluserroles`: a page of everybody. */
export function answerAllUserRoles(account: Account, text: PersonText, query: URLSearchParams): Reply {
  const page = findPage(account, query);
  if (page === null) return writeReply('invalid_arguments');
  const users = page.people.map((person) => text.writeUserRoles(person)).join(',');
  const total = account.people.length;
  return {
    status: 200,
    body: `{"total":${total},"availableMore":${page.availableMore},"users":[${users}]}`,
  };
}

/** The page asked for; `offset` is the number of records to skip. Null where the query is wrong. */
export function findPage({ people }: Account, query: URLSearchParams): Page | null {
  const limit = parseCount(query.get('limit'), DEFAULT_LIMIT);
  const offset = parseCount(query.get('offset'), 0);
  if (limit === null || offset === null) return null;
  return { people: people.slice(offset, offset + limit), availableMore: offset + limit < people.length };
}

function parseCount(value: string | null, otherwise: number): number | null {
  if (value === null) return otherwise;
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}
