import { InvalidArgumentError, Option, type Command } from 'commander';
import { CHANGE_KINDS, type ChangeKind } from '../core/change.ts';
import { SyncError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-code.ts';
import { printable } from '../core/printable.ts';
import { count } from '../core/quantity.ts';
import { describeChange, describeHow, describePublished } from '../report/change-text.ts';
import type { Column } from '../report/columns.ts';
import {
  CHANGE_COLUMNS,
  NET_COLUMNS,
  streamChangesOfRun,
  streamNetChanges,
  type ChangeFilter,
  type NetChange,
  type PublishedChange,
} from '../store/reading/changes.ts';
import { loadNightBefore, type Night } from '../store/reading/nights.ts';
import { ACCEPTED_TIMES } from './local-time.ts';
import type { SetExitCode, Terminal } from './output.ts';
import { findReference } from './person.ts';
import { formatOption, printRows, type RowFormat } from './print-rows.ts';
import { describeNight, findNight, findNightOfRun, withReading, type Reading } from './reading.ts';
import { findRoles } from './role.ts';
import { findNear, describeUnknown } from './suggestion.ts';

interface DiffOptions {
  readonly from?: string;
  readonly to?: string;
  readonly run?: string;
  readonly kind?: readonly ChangeKind[];
  readonly role?: string;
  readonly user?: string;
  readonly admin?: boolean;
  readonly format: RowFormat;
}

export function addDiffCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('diff')
    .description('what the last night changed, or what is different between two points in time')
    .option('--from <time>', `net change since then: ${ACCEPTED_TIMES}`)
    .option(
      '--to <time>',
      'net change up to then, written like --from; without --from, since the night before',
    )
    .addOption(new Option('--run <id>', 'what this run changed').conflicts(['from', 'to']))
    .option('--kind <kind...>', 'only changes of these kinds', collectKinds)
    .option('--role <role>', 'only changes of this role: name or id')
    .option(
      '--user <email>',
      'only changes of this person, or of all who ever had this address; or a user id',
    )
    .option('--admin', 'only changes of roles on the account')
    .addOption(formatOption())
    .action((options: DiffOptions) =>
      withReading(terminal, setExitCode, (reading) => showDiff(reading, options)),
    );
}

function collectKinds(text: string, before: readonly ChangeKind[] = []): ChangeKind[] {
  const kinds = text.split(',').map((word) => {
    const kind = CHANGE_KINDS.find((known) => known === word.trim().toLowerCase());
    if (kind !== undefined) return kind;
    const near = findNear(word, CHANGE_KINDS);
    throw new InvalidArgumentError(
      describeUnknown(
        `'${printable(word)}' is no kind of change. There are ${CHANGE_KINDS.join(', ')}.`,
        near,
      ),
    );
  });
  return [...before, ...kinds];
}

async function showDiff(reading: Reading, options: DiffOptions): Promise<ExitCode> {
  const isNet = options.from !== undefined || options.to !== undefined;
  const filter = await findFilter(reading, options);
  if (filter === undefined) return EXIT.failed;
  await (isNet ? showNetChanges : showChangesOfRun)(reading, options, filter);
  return EXIT.ok;
}

async function findFilter(
  reading: Reading,
  { kind, role, user, admin }: DiffOptions,
): Promise<ChangeFilter | undefined> {
  const roles = role === undefined ? null : await findRoles(reading, role);
  if (roles === undefined) return undefined;
  const reference = user === undefined ? null : await findReference(reading, user);
  if (reference === undefined) return undefined;
  const userIds =
    reference === null
      ? null
      : reference.kind === 'person'
        ? [reference.person.user_id]
        : reference.tenures.map((tenure) => tenure.user_id);
  return { kinds: kind ?? null, roles, userIds, adminOnly: admin === true };
}

async function showChangesOfRun(
  reading: Reading,
  { run, format }: DiffOptions,
  filter: ChangeFilter,
): Promise<void> {
  const { snapshot, terminal } = reading;
  const night =
    run === undefined ? await findNight(reading, '', undefined) : await findNightOfRun(snapshot, run);
  const isBaseline = (await loadNightBefore(snapshot, night)) === undefined;
  await printRows<PublishedChange>(terminal, format, {
    caption: [`Changed by ${describeNight(night, reading)}: ${count(night.changes)} in all.`],
    rows: streamChangesOfRun(snapshot, night.run_id, filter),
    keys: CHANGE_COLUMNS,
    columns: [...COLUMNS, { title: 'How', text: describePublished }],
    empty: isBaseline ? 'None: the first night opens the history.' : NONE,
  });
}

async function showNetChanges(reading: Reading, options: DiffOptions, filter: ChangeFilter): Promise<void> {
  const { snapshot, terminal } = reading;
  const to = await findNight(reading, '--to', options.to);
  const from = await findFrom(reading, options.from, to);
  if (from.as_of > to.as_of) {
    throw new SyncError(
      'USAGE',
      `--from is later than --to: run ${from.run_id} came after run ${to.run_id}. Exchange them.`,
    );
  }
  await printRows<NetChange>(terminal, options.format, {
    caption: [
      `Different on the night of ${describeNight(to, reading)},`,
      `from that of ${describeNight(from, reading)}.`,
    ],
    rows: streamNetChanges(snapshot, { from: from.as_of, to: to.as_of }, filter),
    keys: NET_COLUMNS,
    columns: [...COLUMNS, { title: 'How', text: describeHow }],
    empty: from.run_id === to.run_id ? 'None: both are the same night.' : NONE,
  });
}

async function findFrom(reading: Reading, from: string | undefined, to: Night): Promise<Night> {
  if (from !== undefined) return findNight(reading, '--from', from);
  return (await loadNightBefore(reading.snapshot, to)) ?? to;
}

const NONE = 'None.';

const COLUMNS: readonly Column<NetChange>[] = [
  { title: 'Who', text: (row) => row.email ?? row.user_id ?? '' },
  { title: 'What', text: describeChange },
];
