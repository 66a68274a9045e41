import { z } from 'zod';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The words and numbers of a complaint, wherever it put them. */
export interface Complaint {
  readonly texts: readonly string[];
  readonly codes: readonly number[];
}

const text = z.string().optional().catch(undefined);
const code = z
  .union([
    z.number().int(),
    z
      .string()
      .regex(/^\d{3,5}$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

/** `msg` in most places, `message` on one official page; codes under four names, none of them reliable. */
const complaintSchema = z.object({
  msg: text,
  message: text,
  error: text,
  error_description: text,
  code,
  statusCode: code,
  status: code,
  customCode: code,
  errors: z.unknown().optional(),
  reason: z.unknown().optional(),
});

/** How far complaints may be nested in each other (`errors`, `error`, `reason`). */
const MAX_NESTING = 3;
/** A list of more errors than this says nothing new. */
const MAX_ERRORS = 20;

/**
 * Reads a complaint in any of the documented forms: a string, `{errors: [{msg, code}]}`, the whole BadRequest, and what
 * lies between. Total: what it cannot read it leaves out.
 */
export function parseComplaint(value: unknown): Complaint {
  const texts = new Set<string>();
  const codes = new Set<number>();
  collectComplaint(value, texts, codes, MAX_NESTING);
  return { texts: [...texts], codes: [...codes] };
}

function collectComplaint(value: unknown, texts: Set<string>, codes: Set<number>, nesting: number): void {
  if (typeof value === 'string') {
    if (value.trim() !== '') texts.add(value.trim());
    return;
  }
  if (nesting < 0) return;
  if (Array.isArray(value)) {
    for (const inner of value.slice(0, MAX_ERRORS)) collectComplaint(inner, texts, codes, nesting - 1);
    return;
  }
  if (!isJsonObject(value)) return;
  const complaint = complaintSchema.parse(value);
  for (const words of [complaint.msg, complaint.message, complaint.error, complaint.error_description]) {
    collectComplaint(words, texts, codes, nesting);
  }
  for (const number of [complaint.code, complaint.statusCode, complaint.status, complaint.customCode]) {
    if (number !== undefined) codes.add(number);
  }
  collectComplaint(complaint.errors, texts, codes, nesting - 1);
  collectComplaint(complaint.reason, texts, codes, nesting - 1);
  if (typeof value['error'] === 'object') collectComplaint(value['error'], texts, codes, nesting - 1);
}

/** Whether the words refuse a call for coming too often; documented texts differ, and none with its status. */
export function isRateLimitText(words: string): boolean {
  return RATE_LIMIT.test(words);
}

const RATE_LIMIT =
  /\brate[\s_-]?limit|\btoo many (?:requests|calls)|\bthrottl|\bquota\b.{0,20}\bexceeded|\bper[\s-](?:second|minute|hour|day)\b.{0,20}\blimit/i;
