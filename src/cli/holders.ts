import type { Command } from 'commander';
import type { Zone } from 'luxon';
import { EXIT, type ExitCode } from '../core/exit-code.ts';
import { printable } from '../core/printable.ts';
import { botOf, describeWays } from '../report/change-text.ts';
import type { Column } from '../report/columns.ts';
import { HOLDER_COLUMNS, streamHolders, type HolderRow } from '../store/reading/access.ts';
import { ACCEPTED_TIMES, describeLocalTime } from './local-time.ts';
import type { SetExitCode, Terminal } from './output.ts';
import { formatOption, printRows, type RowFormat } from './print-rows.ts';
import { describeNight, findNight, withReading, type Reading } from './reading.ts';
import { findBots, findRoles } from './role.ts';

interface HoldersOptions {
  readonly at?: string;
  readonly bot?: string;
  readonly format: RowFormat;
}

export function addHoldersCommand(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('holders')
    .argument('<role>', 'name, also a former one, or id; case does not matter')
    .description('who holds a role, now or at a point in time, directly or through which groups')
    .option('--at <time>', `as it was then: ${ACCEPTED_TIMES}`)
    .option('--bot <bot>', 'only on the bot with this name or id')
    .addOption(formatOption())
    .action((role: string, options: HoldersOptions) =>
      withReading(terminal, setExitCode, (reading) => showHolders(reading, role, options)),
    );
}

async function showHolders(
  reading: Reading,
  role: string,
  { at, bot, format }: HoldersOptions,
): Promise<ExitCode> {
  const { snapshot, terminal, now } = reading;
  const night = await findNight(reading, '--at', at);
  const roles = await findRoles(reading, role);
  if (roles === undefined) return EXIT.failed;
  const botIds = bot === undefined ? null : await findBots(reading, bot);
  if (botIds === undefined) return EXIT.failed;
  await printRows(terminal, format, {
    caption: [`Holders of ${printable(role)} on the night of ${describeNight(night, reading)}.`],
    rows: streamHolders(snapshot, roles, botIds, night.as_of),
    keys: HOLDER_COLUMNS,
    columns: toColumns(now.zone, roles.length > 1),
    empty: 'Nobody.',
  });
  return EXIT.ok;
}

function toColumns(zone: Zone, areSeveral: boolean): Column<HolderRow>[] {
  const role: Column<HolderRow> = { title: 'Role', text: (row) => row.role_name ?? row.role_id };
  return [
    { title: 'Who', text: (row) => row.email ?? row.user_id },
    ...(areSeveral ? [role] : []),
    { title: 'On', text: (row) => (row.scope === 'admin' ? 'the account' : botOf(row)) },
    {
      title: 'How',
      text: ({ direct, via_groups, unconfirmed_since: since }) =>
        `${describeWays(direct, via_groups)}${since === null ? '' : ` (not confirmed since ${describeLocalTime(since, zone)})`}`,
    },
    { title: 'Since', text: (row) => describeLocalTime(row.valid_from, zone) },
  ];
}
