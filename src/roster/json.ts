import type { EntryKind } from '../core/answer.ts';
import { excerpt, parseRosterEntry, type RosterLine } from '../core/roster-entry.ts';
import type { FieldFinder } from './field.ts';
import { TOO_LONG, type TextLine } from './lines.ts';

/** Reads one item of a `.json` list, or one line of a `.jsonl` file: an address, or an object that holds one. */
export function parseJsonItem(item: TextLine, findField: FieldFinder, column: string | null): RosterLine {
  const { line, text } = item;
  const reject = (reason: string, about = text): RosterLine => ({
    line,
    ok: false,
    reason,
    text: excerpt(about),
  });
  if (item.tooLong) return reject(TOO_LONG);

  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and with it addresses.
    return reject('is not valid JSON');
  }
  const found = locateEntry(value, findField, column);
  if ('reason' in found) return reject(found.reason);
  const parsed = parseRosterEntry(found.text, found.kind);
  return parsed.ok ? { line, ...parsed } : reject(parsed.reason, found.text);
}

type Located = { readonly text: string; readonly kind: EntryKind } | { readonly reason: string };

function locateEntry(value: unknown, findField: FieldFinder, column: string | null): Located {
  if (typeof value === 'string') {
    return column === null
      ? { text: value, kind: 'email' }
      : { reason: `is a text, not an object with the property ${column} (ROSTER_COLUMN)` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { reason: 'is neither a text nor an object' };
  }
  // A property without a value is one that is missing: another one may tell who is meant.
  const properties = Object.entries(value).filter(([, content]) => content !== null && content !== '');
  const field = findField(properties.map(([name]) => name));
  if (field === 'ambiguous') return { reason: 'has two properties of that name' };
  const content: unknown = field === null ? undefined : properties[field.index]?.[1];
  if (field === null || content === undefined) {
    return {
      reason:
        column === null
          ? 'has no property that is known to hold an address (email, mail, userPrincipalName, …) or an orgUserId'
          : `has no property ${column} (ROSTER_COLUMN)`,
    };
  }
  if (typeof content !== 'string') return { reason: 'has an address that is not a text' };
  return { text: content, kind: field.kind };
}
