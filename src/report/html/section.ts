import { html, quoted, type Markup } from './markup.ts';

export function drawSection(id: string, title: string, content: Markup): Markup {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section> `;
}

/** Whom a row is about: the address where there is one, and the user id that stays when it moves. */
export function drawPerson(row: { readonly email: string | null; readonly user_id: string | null }): Markup {
  if (row.email === null) return quoted(row.user_id ?? '');
  return html`${quoted(row.email)}${row.user_id === null ? '' : html` <small>${quoted(row.user_id)}</small>`}`;
}
