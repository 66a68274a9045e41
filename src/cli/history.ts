import type { Command } from 'commander';
import type { Zone } from 'luxon';
import { EXIT, type ExitCode } from '../core/exit-code.ts';
import { printable } from '../core/printable.ts';
import { describeChange, describeHow, describePublished } from '../report/change-text.ts';
import type { Column } from '../report/columns.ts';
import { loadFirstNight } from '../store/reading/nights.ts';
import { loadKnownPerson, type KnownPerson } from '../store/reading/people.ts';
import { streamTimeline, TIMELINE_COLUMNS, type TimelineRow } from '../store/reading/timeline.ts';
import { describeLocalTime } from './local-time.ts';
import type { SetExitCode, Terminal } from './output.ts';
import { describeTenures, findReference, type Reference } from './person.ts';
import { formatOption, printRows, type RowFormat } from './print-rows.ts';
import { describeNight, findNight, withReading, type Reading } from './reading.ts';

export function addHistoryCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('history')
    .argument('<email>', 'email address or user id; of an address that moved, whoever has or had it last')
    .description("one person's timeline, with the nights that could not confirm them")
    .addOption(formatOption())
    .action((email: string, { format }: { readonly format: RowFormat }) =>
      withReading(terminal, setExitCode, (reading) => showHistory(reading, email, format)),
    );
}

async function showHistory(reading: Reading, text: string, format: RowFormat): Promise<ExitCode> {
  const { snapshot, terminal, now } = reading;
  const latest = await findNight(reading, '', undefined);
  const first = (await loadFirstNight(snapshot)) ?? latest;
  const reference = await findReference(reading, text);
  if (reference === undefined) return EXIT.failed;
  const userId = subjectOf(reference);
  const person = await loadKnownPerson(snapshot, userId);
  await printRows(terminal, format, {
    caption: [
      ...describeSubject(userId, person, reading),
      ...(reference.kind === 'address' ? describeTenures(reference.tenures, reading) : []),
      ...pointToOthers(reference, userId),
      `Up to the latest night: ${describeNight(latest, reading)}.`,
    ],
    rows: streamTimeline(snapshot, userId, first.as_of),
    keys: TIMELINE_COLUMNS,
    columns: toColumns(now.zone),
    empty: 'Nothing changed since they were first seen.',
  });
  return EXIT.ok;
}

function subjectOf(reference: Reference): string {
  if (reference.kind === 'person') return reference.person.user_id;
  const [first] = reference.tenures;
  return (reference.tenures.at(-1) ?? first).user_id;
}

function describeSubject(userId: string, person: KnownPerson | undefined, { now }: Reading): string[] {
  if (person === undefined) return [`User ${printable(userId)}.`];
  const { email, first_seen_at, removed_at } = person;
  const seen = `first seen ${describeLocalTime(first_seen_at, now.zone)}`;
  const removed = removed_at === null ? '' : `, removed ${describeLocalTime(removed_at, now.zone)}`;
  return [printable(`${email ?? 'No address'} (user ${userId}), ${seen}${removed}.`)];
}

function pointToOthers(reference: Reference, userId: string): string[] {
  if (reference.kind === 'person') return [];
  const others = new Set(reference.tenures.map((tenure) => tenure.user_id).filter((id) => id !== userId));
  return [...others].map((id) =>
    printable(`Of user ${id}, who had that address too: kore-sync history ${id}`),
  );
}

function toColumns(zone: Zone): Column<TimelineRow>[] {
  return [
    { title: 'Run', text: (row) => String(row.run_id) },
    { title: 'When', text: (row) => describeWhen(row, zone) },
    { title: 'What', text: describeEvent },
    { title: 'How', text: (row) => describeHowFound(row, zone) },
  ];
}

/** Between two instants where both are known: nobody saw the moment itself. */
function describeWhen({ event, as_of, not_before, until }: TimelineRow, zone: Zone): string[] {
  const night = describeLocalTime(as_of, zone);
  if (event === 'unconfirmed') {
    return [`from ${night}`, until === null ? 'until now' : `to ${describeLocalTime(until, zone)}`];
  }
  return [`by ${night}`, ...(not_before === null ? [] : [`after ${describeLocalTime(not_before, zone)}`])];
}

function describeEvent(row: TimelineRow): string {
  switch (row.event) {
    case 'baseline': {
      const isPerson = row.role_id === null && row.group_id === null && row.task_id === null;
      return isPerson ? 'there on the first night' : `${describeChange(row)}, on the first night`;
    }
    case 'change':
      return describeChange(row);
    case 'unconfirmed':
      return 'not confirmed: no usable answer';
  }
}

function describeHowFound(row: TimelineRow, zone: Zone): string {
  switch (row.event) {
    case 'baseline':
      return describeHow(row);
    case 'change':
      return describePublished(row);
    case 'unconfirmed':
      return row.last_confirmed_at === null
        ? 'never confirmed before'
        : `last confirmed ${describeLocalTime(row.last_confirmed_at, zone)}`;
  }
}
