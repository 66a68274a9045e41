import { z } from 'zod';
import { isEmail } from './alert-settings.ts';
import { ALERT_SOURCES, SEVERITIES, type AlertRule } from '../core/alert-rule.ts';
import { CHANGE_KINDS } from '../core/change.ts';
import { RUN_EVENT_KINDS } from '../core/run-event.ts';
import { parseYaml, type YamlLines } from './yaml-lines.ts';

/** A secret that is named, not told: by the environment variable that holds it, or by its file. */
export interface SecretReference {
  readonly kind: 'variable' | 'file';
  readonly name: string;
}

/** A channel as the file defines it, and the line to point to. */
export type DefinedChannel = { readonly name: string; readonly line: number } & (
  | { readonly kind: 'slack'; readonly url: SecretReference }
  | { readonly kind: 'webhook'; readonly url: SecretReference; readonly secret: SecretReference }
  | { readonly kind: 'email'; readonly to: readonly string[]; readonly from: string | null }
);

export interface DefinedRule {
  readonly rule: AlertRule;
  /** Where its channels are named. */
  readonly line: number;
}

export interface RulesFile {
  readonly rules: readonly DefinedRule[];
  readonly channels: readonly DefinedChannel[];
}

export interface FileFault {
  readonly line: number;
  /** What is wrong, then what is expected. */
  readonly text: string;
}

export type ParsedRulesFile =
  | { readonly ok: true; readonly file: RulesFile }
  | { readonly ok: false; readonly faults: readonly FileFault[] };

/** Names stand in mail headers, subjects and commands. */
const name = z
  .string({ error: 'a name' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: 'a name of letters, digits and ._-, 64 at most' });

const glob = z
  .string({ error: 'text, in quotes where YAML would take it for something else' })
  .min(1, { error: 'something to look for' })
  .max(200, { error: '200 characters at most' })
  .refine((text) => !text.includes('\0'), { error: 'no null character' });

const rule = z.strictObject({
  name,
  severity: oneOf(SEVERITIES).default('warning'),
  channels: listOf(name),
  events: allOrSome(RUN_EVENT_KINDS).default([]),
  changes: allOrSome(CHANGE_KINDS).default([]),
  scope: oneOf(['bot', 'admin']).nullable().default(null),
  source: oneOf(ALERT_SOURCES).nullable().default(null),
  roles: condition(),
  bots: condition(),
  groups: condition(),
  users: condition(),
});

const CONDITIONS = ['scope', 'source', 'roles', 'bots', 'groups', 'users'] as const;

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of an environment variable, not what it holds' })
  .transform((found): SecretReference => ({ kind: 'variable', name: found }));
const file = z
  .string({ error: 'the path of a file' })
  .min(1, { error: 'the path of a file' })
  .transform((found): SecretReference => ({ kind: 'file', name: found }));

const ADDRESS = { url_env: variable.optional(), url_file: file.optional() };
const SIGNING = { secret_env: variable.optional(), secret_file: file.optional() };

const channel = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('slack'), ...ADDRESS }),
    z.strictObject({ kind: z.literal('webhook'), ...ADDRESS, ...SIGNING }),
    z.strictObject({ kind: z.literal('email'), to: listOf(email()), from: email().nullable().default(null) }),
  ],
  { error: 'one of slack, webhook, email' },
);

const schema = z.strictObject({
  channels: z.record(name, channel, { error: 'channels by their names' }).nullable().default(null),
  rules: z.array(rule, { error: 'a list of rules' }).min(1, { error: 'one rule at least' }),
});

function oneOf<const Values extends readonly string[]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

/** One thing is as good as a list of it. */
function listOf<Item extends z.ZodType>(item: Item, whereEmpty = 'one at least') {
  return z.preprocess(
    (value) => (Array.isArray(value) || value === null || value === undefined ? value : [value]),
    z.array(item, { error: 'a list' }).min(1, { error: whereEmpty }),
  );
}

function condition() {
  return listOf(glob, 'one at least, or no such line, which means any').nullable().default(null);
}

function allOrSome<const Values extends readonly string[]>(values: Values) {
  return z.preprocess((value) => (value === 'all' ? values : value), listOf(oneOf(values)));
}

function email() {
  return z
    .string({ error: 'an email address' })
    .refine(isEmail, { error: 'an email address, without a name' });
}

/** Reads a file of alert rules. Total: all rules and channels, or every fault there is. */
export function parseRulesFile(text: string): ParsedRulesFile {
  const yaml = parseYaml(text);
  if (!yaml.ok) return yaml;
  const parsed = schema.safeParse(yaml.value ?? {});
  if (!parsed.success) {
    return {
      ok: false,
      faults: sortFaults(parsed.error.issues.flatMap((issue) => describeIssue(issue, yaml))),
    };
  }
  const faults: FileFault[] = [];
  const rules = parsed.data.rules.map((written, index): DefinedRule => {
    const path = ['rules', index];
    const isTwice = parsed.data.rules.findIndex((other) => other.name === written.name) < index;
    const text = isTwice ? 'another rule has this name; expected one of its own' : checkRule(written);
    if (text !== null)
      faults.push({ line: yaml.lineOf([...path, 'name']), text: `${written.name}: ${text}` });
    return { rule: written, line: yaml.lineOf([...path, 'channels']) };
  });
  const channels = Object.entries(parsed.data.channels ?? {}).flatMap(([channelName, written]) => {
    const line = yaml.lineOf(['channels', channelName]);
    const defined = toDefined(written);
    if (typeof defined !== 'string') return [{ ...defined, name: channelName, line }];
    faults.push({ line, text: `${channelName}: ${defined}` });
    return [];
  });
  return faults.length === 0
    ? { ok: true, file: { rules, channels } }
    : { ok: false, faults: sortFaults(faults) };
}

function sortFaults(faults: readonly FileFault[]): readonly FileFault[] {
  return faults.toSorted((a, b) => a.line - b.line);
}

/** What the shape of a rule cannot say; null where there is nothing wrong. */
function checkRule(written: AlertRule): string | null {
  if (written.changes.length > 0) return null;
  if (written.events.length === 0) return 'it matches nothing; expected changes, events, or both';
  const condition = CONDITIONS.find((key) => written[key] !== null);
  return condition === undefined ? null : `${condition} is about changes; expected changes as well`;
}

type Defined<C extends DefinedChannel = DefinedChannel> = C extends C ? Omit<C, 'name' | 'line'> : never;

/** The channel, or what is wrong with it. */
function toDefined(written: z.output<typeof channel>): Defined | string {
  if (written.kind === 'email') return written;
  const url = written.url_env ?? written.url_file;
  if (url === undefined || (written.url_env !== undefined && written.url_file !== undefined)) {
    return 'expected its address by either url_env or url_file';
  }
  if (written.kind === 'slack') return { kind: 'slack', url };
  const secret = written.secret_env ?? written.secret_file;
  if (secret === undefined || (written.secret_env !== undefined && written.secret_file !== undefined)) {
    return 'expected what to sign with by either secret_env or secret_file';
  }
  return { kind: 'webhook', url, secret };
}

type Issue = z.core.$ZodIssue;

/** Never shows a value: it may be a secret in the wrong place (I8). */
function describeIssue(issue: Issue, yaml: YamlLines): FileFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      line: yaml.lineOf([...issue.path, key]),
      text: `${describePath([...issue.path, key])} is not known here; expected a word of docs/alerts.md`,
    }));
  }
  if (issue.code === 'invalid_key') {
    const [inner] = issue.issues;
    return [{ line: yaml.lineOf(issue.path), text: `expected ${inner?.message ?? issue.message}` }];
  }
  return [{ line: yaml.lineOf(issue.path), text: `${describePath(issue.path)}: expected ${issue.message}` }];
}

/** As a person counts, `rules[1]` being the first. A key that is no plain word may be anything, a secret too. */
function describePath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step + 1}]`;
      const word = String(step);
      return `${index === 0 ? '' : '.'}${/^[\w.-]{1,64}$/.test(word) ? word : '…'}`;
    })
    .join('');
}
