import type { ChangeKind } from '../../core/change.ts';
import { count, quantity } from '../../core/quantity.ts';
import type { ChangeCount, PersonChange, RunChanges } from '../../store/reading/report-outcome.ts';
import type { Sample } from '../../store/reading/report-sample.ts';
import type { UnconfirmedPerson } from '../../store/reading/report.ts';
import type { LocalTime } from '../headline.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { drawPerson, drawSection } from './section.ts';
import { drawTable } from './table.ts';

export function drawJoinersAndLeavers(
  { joiners, leavers }: RunChanges,
  { isPlan, source }: { readonly isPlan: boolean; readonly source: string },
): Markup {
  return drawSection(
    'people',
    isPlan ? 'Planned joiners and leavers' : 'Joiners and leavers',
    html`${drawPeople('Joined', joiners, `${source} AND kind IN ('user_added', 'user_restored')`)}${drawPeople('Left', leavers, `${source} AND kind = 'user_removed'`)}`,
  );
}

function drawPeople(title: string, sample: Sample<PersonChange>, source: string): Markup {
  const heading = html`<h3>${title} <span class="count">${count(sample.total)}</span></h3>`;
  if (sample.total === 0)
    return html`${heading}
      <p class="none">Nobody.</p>`;
  const table = drawTable<PersonChange>({
    caption:
      title === 'Left'
        ? 'People who left, and the roles that ended with them'
        : 'People who joined, and the roles they came with',
    columns: [
      { title: 'Who', width: 46, cell: drawPerson },
      { title: 'What', width: 20, cell: ({ kind }) => PEOPLE_WORDS[kind] },
      { title: 'Roles', width: 34, cell: describeRoles },
    ],
    sample,
    source,
  });
  return html`${heading}${table}`;
}

const PEOPLE_WORDS: Readonly<Record<PersonChange['kind'], string>> = {
  user_added: 'first seen',
  user_restored: 'came back',
  user_removed: 'removed',
};

function describeRoles({ roles, admin_roles }: PersonChange): string {
  if (roles === 0) return 'none';
  return admin_roles === 0 ? count(roles) : `${count(roles)}, ${count(admin_roles)} on the account`;
}

const OTHER_KINDS: readonly (readonly [ChangeKind, string])[] = [
  ['email_changed', 'email addresses changed'],
  ['name_changed', 'names changed'],
  ['status_changed', 'statuses changed'],
  ['developer_changed', 'developer flags changed'],
  ['bot_creation_changed', 'rights to create bots changed'],
  ['group_joined', 'group memberships begun'],
  ['group_left', 'group memberships ended'],
  ['task_assigned', 'tasks assigned'],
  ['task_unassigned', 'tasks no longer assigned'],
  ['role_renamed', 'roles renamed'],
  ['group_renamed', 'groups renamed'],
  ['bot_renamed', 'bots renamed'],
];

/** Renames of roles are counted by scope. */
function countOf(kind: ChangeKind, counts: readonly ChangeCount[]): number {
  return counts.reduce((sum, row) => sum + (row.kind === kind ? row.changes : 0), 0);
}

/** Everything else that changed, counted. */
export function drawOtherChanges(counts: readonly ChangeCount[], isPlan: boolean): Markup {
  const rows = OTHER_KINDS.flatMap(([kind, words]) => {
    const changes = countOf(kind, counts);
    return changes === 0 ? [] : [html`<li><strong>${count(changes)}</strong> ${words}</li>`];
  });
  const title = isPlan ? 'Other planned changes' : 'Other changes';
  return drawSection(
    'others',
    title,
    rows.length === 0
      ? html`<p class="none">None.</p>`
      : html`<ul class="tally">
          ${rows}
        </ul>`,
  );
}

/** Those of whom everything stands as it was before, since nobody could say. */
export function drawUnconfirmed(
  sample: Sample<UnconfirmedPerson>,
  unanswered: number,
  source: string,
  time: LocalTime,
): Markup {
  const entries =
    unanswered === 0
      ? NOTHING
      : html` That night ${quantity(unanswered, 'entry', 'entries')} gave no usable answer; who was never
        known has no row here.`;
  const content =
    sample.total === 0
      ? html`<p class="none">Everybody who is known was confirmed.${entries}</p>`
      : html`<p>Of these people it stands what was known before.${entries}</p>
          ${drawTable<UnconfirmedPerson>({
            caption: 'People without a usable answer, the longest first',
            columns: [
              { title: 'Who', width: 46, cell: drawPerson },
              {
                title: 'Last confirmed',
                width: 27,
                cell: ({ last_confirmed_at }) =>
                  last_confirmed_at === null ? 'never' : time.describeTime(last_confirmed_at),
              },
              { title: 'Silent since', width: 27, cell: ({ valid_from }) => time.describeTime(valid_from) },
            ],
            sample,
            source,
          })}`;
  return drawSection('unconfirmed', 'Not confirmed', content);
}
