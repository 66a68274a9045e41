import type { AlertFacts, AlertItem } from './alert-facts.ts';
import type { Severity } from './alert-rule.ts';
import { describeItem, nameOf, type Words } from './digest-words.ts';
import { count, quantity } from './quantity.ts';
import type { RunEventKind } from './run-event.ts';

/** An alert in words, for a channel to put into its own form. */
export interface Digest {
  readonly severity: Severity;
  readonly rule: string;
  /** Our words alone: it stands in subjects and headings. */
  readonly title: string;
  readonly intro: readonly Words[];
  readonly people: readonly DigestPerson[];
  /** What is not shown. */
  readonly rest: readonly Words[];
  /** Our words alone, whole: what to run and what to ask. */
  readonly lookCloser: { readonly command: string; readonly sql: string | null };
}

/** Everything shown about one person; what is about nobody stands together too. */
export interface DigestPerson {
  readonly who: Words;
  readonly lines: readonly Words[];
  /** Changes of this person that are not shown. */
  readonly more: number;
}

/** Puts an alert in words. Total; whatever comes from the directory is a name in it, never plain text. */
export function composeDigest(facts: AlertFacts): Digest {
  const people = groupByPerson(facts.items);
  const { run } = facts;
  return {
    severity: facts.severity,
    rule: facts.rule,
    title: describeTitle(facts),
    intro: [...describeEvent(facts), describePlace(facts), ...describeHead(facts)],
    people,
    rest: describeRest(facts, people),
    lookCloser: {
      command: run === null ? 'kore-sync runs' : `kore-sync runs show ${run.id}`,
      sql: run === null || facts.event !== null ? null : describeQuery(facts, run.id),
    },
  };
}

const EVENT_TITLES: Readonly<Record<RunEventKind, string>> = {
  failed: 'Night failed',
  held: 'Night held by the guard',
  partial: 'Night published in part',
  late: 'Night is late',
  not_started: 'Night did not start',
  skipped: 'Night skipped',
  drift: 'The API says something new',
  canary: 'Canary came back wrong',
};

/** What it means for whoever reads the data, and whether it can wait. */
const EVENT_MEANINGS: Readonly<Record<RunEventKind, string>> = {
  failed: 'Nothing was published; the night before stays the truth.',
  held: 'Nothing was published; the night before stays the truth until a person approves or rejects this plan.',
  partial: 'Published. Whoever stayed unanswered is shown as they were known, with an older confirmed_at.',
  late: 'It has begun and not ended; the night before is still the truth.',
  not_started: 'It was due and no run has begun; the night before is still the truth.',
  skipped: 'It was due while another run was open, which goes on.',
  drift: 'Nothing is lost: unknown fields are kept. Look whether a newer version of kore-sync knows them.',
  canary:
    'An entry whose roles are known for certain came back otherwise: the answers of this night may be wrong.',
};

function describeTitle({ event, counts, isSample, run }: AlertFacts): string {
  if (isSample) return 'Test alert: nothing has happened';
  const place = run === null ? '' : ` (run ${run.id})`;
  if (event !== null) return `${EVENT_TITLES[event.kind]}${place}`;
  const isAboutRoles = Object.keys(counts.byKind).every((kind) => ROLE_KINDS.has(kind));
  return `${quantity(counts.total, isAboutRoles ? 'role change' : 'change')}${place}`;
}

const ROLE_KINDS: ReadonlySet<string> = new Set(['role_granted', 'role_revoked', 'role_source_changed']);

function describeEvent({ event, isSample }: AlertFacts): Words[] {
  if (isSample) return [['This was sent by kore-sync alerts test. The person below does not exist.']];
  if (event === null) return [];
  // A detail may quote what a server said.
  return [[nameOf(event.detail, 1_000)], [EVENT_MEANINGS[event.kind]]];
}

function describePlace({ account, run, rule, severity }: AlertFacts): Words {
  return [
    ...(account === null ? [] : ['Account ', nameOf(account), '. ']),
    ...(run === null ? [] : ['Run ', run.id, ' (', nameOf(run.key), ')']),
    ...(run === null ? [] : [run.asOf === null ? '. ' : `, as of ${describeInstant(run.asOf)}. `]),
    `Rule ${rule}, ${severity}.`,
  ];
}

/** Kept where whoever writes to the database cannot: a later edit of the audit shows beside it. */
function describeHead({ run }: AlertFacts): Words[] {
  return run?.head == null ? [] : [[`Head of the chain: ${run.head}.`]];
}

function groupByPerson(items: readonly AlertItem[]): readonly DigestPerson[] {
  const groups: { readonly first: AlertItem; readonly items: AlertItem[] }[] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last?.first.userId === item.userId) last.items.push(item);
    else groups.push({ first: item, items: [item] });
  }
  return groups.map(({ first, items: shown }) => ({
    who: first.userId === null ? ['Renamed'] : describePerson(first),
    lines: shown.map(describeLine),
    more: first.ofPerson - shown.length,
  }));
}

function describePerson({ email, userId }: AlertItem): Words {
  const id = nameOf(userId ?? '');
  return email === null ? [id] : [nameOf(email, 254), ' (', id, ')'];
}

function describeLine(item: AlertItem): Words {
  const since =
    item.notBefore === null
      ? '; never looked at before'
      : `; last different ${describeInstant(item.notBefore)}`;
  return [...describeItem(item), since];
}

function describeRest({ counts, items }: AlertFacts, people: readonly DigestPerson[]): Words[] {
  const { firstSeen, total } = counts;
  const isFolded = items.every(({ notBefore }) => notBefore !== null);
  const told = items.length + people.reduce((sum, { more }) => sum + more, 0);
  const rest = total - told - (isFolded ? firstSeen.changes : 0);
  return [
    ...(rest > 0 ? [[`And ${quantity(rest, 'more change')}.`]] : []),
    ...(isFolded && firstSeen.changes > 0 ? [[describeFirstSeen(firstSeen)]] : []),
  ];
}

function describeFirstSeen({ changes, people, adminGrants }: AlertFacts['counts']['firstSeen']): string {
  const admins = adminGrants === 0 ? '' : `, ${quantity(adminGrants, 'grant')} of admin roles among them`;
  const whom = people === 0 ? 'of what' : `of ${people === 1 ? 'a person' : `${count(people)} people`} whom`;
  return `Besides, ${quantity(changes, 'change')} ${whom} nobody had looked at before${admins}.`;
}

function describeQuery({ counts }: AlertFacts, runId: string): string {
  const isAboutRoles = Object.keys(counts.byKind).every((kind) => ROLE_KINDS.has(kind));
  return `SELECT * FROM directory.${isAboutRoles ? 'role_changes' : 'changes'} WHERE run_id = ${runId};`;
}

/** To the minute, in UTC. */
function describeInstant(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
