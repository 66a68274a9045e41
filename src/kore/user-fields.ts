import type { Drift } from './drift.ts';

/**
 * Longest identifier that is believed. Four of them share a B-tree entry of PostgreSQL (2,704 bytes at most) where
 * grants are kept: one longer than this would make its whole batch unstorable.
 */
const MAX_ID_LENGTH = 200;
const MAX_NAME_LENGTH = 500;
/** Deeper than any field of a user: what is nested further could exhaust the stack of whoever walks it. */
const MAX_DEPTH = 20;

const YEAR_10000 = Date.UTC(10_000, 0);
const ISO_INSTANT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** A name or the like, trimmed. Missing and null are not observed; any other type is drift (I12). */
export function readText(value: unknown, path: string, key: string, drift: Drift): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= MAX_NAME_LENGTH) return value.trim();
  drift.note(path, key);
  return undefined;
}

/** An identifier: as `readText`, and a blank one is none. */
export function readId(value: unknown, path: string, key: string, drift: Drift): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= MAX_ID_LENGTH) return value.trim() || undefined;
  drift.note(path, key);
  return undefined;
}

export function readFlag(value: unknown, path: string, key: string, drift: Drift): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  drift.note(path, key);
  return undefined;
}

/** An instant as ISO 8601 in UTC; one without a zone is taken for UTC. Empty is not observed: nobody logged in. */
export function readInstant(value: unknown, path: string, key: string, drift: Drift): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const instant = typeof value === 'string' ? parseInstant(value.trim()) : undefined;
  if (instant === undefined) drift.note(path, key);
  return instant;
}

function parseInstant(text: string): string | undefined {
  const match = ISO_INSTANT.exec(text);
  if (match === null) return undefined;
  const at = Date.parse(match[1] === undefined && text.length > 10 ? `${text.replace(' ', 'T')}Z` : text);
  // PostgreSQL has no year 0, and a year of five digits is written differently.
  return at >= 0 && at < YEAR_10000 ? new Date(at).toISOString() : undefined;
}

/** A list of identifiers or names; `undefined` unless every item is one. */
export function readTexts(
  value: unknown,
  path: string,
  key: string,
  drift: Drift,
): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const texts = Array.isArray(value) ? value.map(readMember) : [undefined];
  if (texts.every((text) => text !== undefined)) return texts;
  drift.note(path, key);
  return undefined;
}

function readMember(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= MAX_ID_LENGTH ? value.trim() || undefined : undefined;
}

/** Fields that are not known, by path; for fields of list items, by path and then by the item's identity. */
export interface Extra {
  add(path: string, key: string, value: unknown, item?: string): void;
  fields(): Readonly<Record<string, unknown>> | undefined;
}

/** Keeps what it is given, but for null (not observed) and what is nested too deep to be a field. */
export function createExtra(): Extra {
  let kept: Record<string, unknown> | undefined;
  return {
    add(path, key, value, item) {
      if (value === null || value === undefined) return;
      const name = path === '' ? key : `${path}.${key}`;
      kept ??= emptyRecord();
      if (item === undefined) {
        kept[name] = copyBounded(value, MAX_DEPTH);
        return;
      }
      const byItem = kept[name];
      const inner = isOwnRecord(byItem) ? byItem : emptyRecord();
      inner[item] = chooseStable(inner[item], copyBounded(value, MAX_DEPTH));
      kept[name] = inner;
    },
    fields: () => kept,
  };
}

/** An item listed twice with two values: the same one whatever the order. */
function chooseStable(before: unknown, value: unknown): unknown {
  return before !== undefined && JSON.stringify(before) < JSON.stringify(value) ? before : value;
}

/** Without a prototype: a field named `__proto__` is a field like any other. */
function emptyRecord(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>; // Object.create returns any
}

function isOwnRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function copyBounded(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '[nested too deep]';
  if (Array.isArray(value)) return value.map((inner) => copyBounded(inner, depth - 1));
  const copy = emptyRecord();
  for (const [key, inner] of Object.entries(value)) copy[key] = copyBounded(inner, depth - 1);
  return copy;
}
