import type { Command } from 'commander';
import type { Zone } from 'luxon';
import { EXIT, type ExitCode } from '../core/exit-code.ts';
import { printable } from '../core/printable.ts';
import { describeThing, describeWays } from '../report/change-text.ts';
import type { Column } from '../report/columns.ts';
import { ACCESS_COLUMNS, streamAccess, type AccessRow } from '../store/reading/access.ts';
import type { Night } from '../store/reading/nights.ts';
import { loadHolderThen, loadPersonThen, type PersonThen } from '../store/reading/people.ts';
import { ACCEPTED_TIMES, describeLocalTime } from './local-time.ts';
import type { SetExitCode, Terminal } from './output.ts';
import { describeTenures, findReference, type Reference } from './person.ts';
import { formatOption, printRows, type RowFormat } from './print-rows.ts';
import { describeNight, findNight, withReading, type Reading } from './reading.ts';

interface AccessOptions {
  readonly at?: string;
  readonly format: RowFormat;
}

export function addAccessCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('access')
    .argument('<email>', 'email address or user id')
    .description("one person's roles, groups and tasks, now or at a point in time")
    .option('--at <time>', `as it was then: ${ACCEPTED_TIMES}`)
    .addOption(formatOption())
    .action((email: string, options: AccessOptions) =>
      withReading(terminal, setExitCode, (reading) => showAccess(reading, email, options)),
    );
}

async function showAccess(reading: Reading, text: string, { at, format }: AccessOptions): Promise<ExitCode> {
  const { snapshot, terminal, now } = reading;
  const night = await findNight(reading, '--at', at);
  const reference = await findReference(reading, text);
  if (reference === undefined) return EXIT.failed;
  const userId = await findUserId(reading, reference, night);
  const person = userId === undefined ? undefined : await loadPersonThen(snapshot, userId, night.as_of);
  await printRows(terminal, format, {
    caption: [
      ...(person === undefined ? describeNobody(reference, reading) : describePerson(person, reading)),
      ...(reference.kind === 'address' ? describeTenures(reference.tenures, reading) : []),
      ...(person === undefined ? pointToHolders(reference, night) : []),
      `As of that night: ${describeNight(night, reading)}.`,
    ],
    rows: person === undefined ? streamNothing() : streamAccess(snapshot, person.user_id, night.as_of),
    keys: ACCESS_COLUMNS,
    columns: toColumns(now.zone),
    // Somebody who has another address by then may hold every role there is.
    empty: person === undefined ? 'Nothing to show.' : 'No role, no group, no task.',
  });
  return EXIT.ok;
}

async function findUserId(
  { snapshot }: Reading,
  reference: Reference,
  night: Night,
): Promise<string | undefined> {
  if (reference.kind === 'person') return reference.person.user_id;
  return loadHolderThen(snapshot, reference.email, night.as_of);
}

async function* streamNothing(): AsyncGenerator<AccessRow> {
  // Somebody who is not there has nothing.
}

function describeNobody(reference: Reference, { now }: Reading): string[] {
  if (reference.kind === 'address') return [`Nobody had ${printable(reference.email)} on that night.`];
  const { user_id, first_seen_at, removed_at } = reference.person;
  const removed = removed_at === null ? '' : `, removed ${describeLocalTime(removed_at, now.zone)}`;
  return [
    `User ${printable(user_id)} was not there on that night: first seen ${describeLocalTime(first_seen_at, now.zone)}${removed}.`,
  ];
}

function pointToHolders(reference: Reference, { run_id }: Night): string[] {
  if (reference.kind === 'person') return [];
  const ids = new Set(reference.tenures.map((tenure) => tenure.user_id));
  return [...ids].map((id) =>
    printable(`What that user could do on that night: kore-sync access ${id} --at ${run_id}`),
  );
}

function describePerson(person: PersonThen, { now }: Reading): string[] {
  const yesNo = (value: boolean | null): string => (value === null ? 'not said' : value ? 'yes' : 'no');
  const name = [person.first_name, person.last_name].filter((part) => part !== null && part !== '').join(' ');
  const who = `${person.email ?? 'no address'}${name === '' ? '' : `, ${name}`} (user ${person.user_id})`;
  return [
    printable(who),
    printable(
      `Status ${person.status ?? 'not said'}; developer: ${yesNo(person.is_developer)}; may create bots: ${yesNo(person.can_create_bot)}.`,
    ),
    describeConfirmation(person, now.zone),
  ];
}

function describeConfirmation({ confirmed_at, unconfirmed_since }: PersonThen, zone: Zone): string {
  const last = confirmed_at === null ? 'never' : `last ${describeLocalTime(confirmed_at, zone)}`;
  if (unconfirmed_since === null) return `Confirmed ${last}.`;
  return `Not confirmed: no usable answer since ${describeLocalTime(unconfirmed_since, zone)}; confirmed ${last}.`;
}

function toColumns(zone: Zone): Column<AccessRow>[] {
  return [
    { title: 'What', text: (row) => describeThing({ ...row, kind: null, before: null, after: null }) },
    { title: 'How', text: (row) => (row.type === 'role' ? describeWays(row.direct, row.via_groups) : '') },
    { title: 'Since', text: (row) => describeLocalTime(row.valid_from, zone) },
  ];
}
