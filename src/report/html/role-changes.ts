import { count } from '../../core/quantity.ts';
import type { ReportedChange, RunChanges } from '../../store/reading/report-outcome.ts';
import type { Sample } from '../../store/reading/report-sample.ts';
import { botOf } from '../change-text.ts';
import { html, NOTHING, quoted, type Markup } from './markup.ts';
import { drawPerson, drawSection } from './section.ts';
import { drawTable } from './table.ts';

/** Those with the most power first: roles on the account, then roles on bots. */
export function drawRoleChanges(
  { adminRoles, botRoles }: RunChanges,
  { isPlan, source }: { readonly isPlan: boolean; readonly source: string },
): Markup {
  const of = (scope: 'admin' | 'bot'): string => `${source} AND scope = '${scope}' AND kind LIKE 'role\\_%'`;
  return drawSection(
    'roles',
    isPlan ? 'Planned role changes' : 'Role changes',
    html`${drawScope('Roles on the account', 'Changes of roles on the account', adminRoles, of('admin'))}${drawScope('Roles on bots', 'Changes of roles on bots', botRoles, of('bot'))}`,
  );
}

function drawScope(title: string, caption: string, sample: Sample<ReportedChange>, source: string): Markup {
  const heading = html`<h3>${title} <span class="count">${count(sample.total)}</span></h3>`;
  if (sample.total === 0)
    return html`${heading}
      <p class="none">None changed.</p>`;
  const table = drawTable<ReportedChange>({
    caption,
    columns: [
      { title: 'Who', width: 34, cell: drawPerson },
      { title: 'What', width: 40, cell: drawWhat },
      { title: 'Directly or inherited', width: 26, cell: drawHow },
    ],
    sample,
    source,
  });
  return html`${heading}${table}`;
}

const BADGES: Readonly<Partial<Record<ReportedChange['kind'], readonly [string, string]>>> = {
  role_granted: ['granted', 'granted'],
  role_revoked: ['revoked', 'revoked'],
};

function drawWhat(row: ReportedChange): Markup {
  const [name, text] = BADGES[row.kind] ?? ['changed', 'held in another way'];
  const role = html`<strong>${quoted(row.role_name ?? row.role_id ?? '')}</strong>`;
  const place = row.scope === 'admin' ? NOTHING : html` on ${quoted(botOf(row))}`;
  return html`<span class="badge ${name}">${text}</span> ${role}${place}`;
}

/** From what to what, where both are there; and where it may be older than it looks. */
function drawHow({ before, after, not_before }: ReportedChange): Markup {
  const sides = [before, after].filter((side) => side !== null).map(drawWays);
  const unseen = not_before === null ? html` <small>nobody had looked before</small>` : NOTHING;
  return html`${sides.map((side, at) => (at === 0 ? side : html` → ${side}`))}${unseen}`;
}

/** Directly or through which groups; each name apart, so that none moves what stands beside it. */
function drawWays(side: unknown): Markup {
  if (typeof side !== 'object' || side === null || !('direct' in side) || side.direct === null) {
    return html`not said`;
  }
  const groups = 'via_groups' in side && Array.isArray(side.via_groups) ? side.via_groups : [];
  const ways = [
    ...(side.direct === true ? [html`directly`] : []),
    ...groups.map((group) => html`via ${quoted(String(group))}`),
  ];
  return html`${ways.map((way, at) => (at === 0 ? way : html`, ${way}`))}`;
}
