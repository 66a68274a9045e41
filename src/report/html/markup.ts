import { htmlEscape } from 'escape-goat';
import { printable } from '../../core/printable.ts';

/** HTML that `html` made. Nothing else can make it, so text cannot be taken for it. */
class Markup {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

export type { Markup };

type Value = string | number | Markup | readonly Markup[];

/**
 * HTML from a template. Text is made printable and escaped, for elements and for quoted attributes; what `html` made
 * is taken as it is.
 */
export function html(template: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(String.raw({ raw: template }, ...values.map(toSource)));
}

function toSource(value: Value): string {
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'string' || typeof value === 'number') return htmlEscape(printable(String(value)));
  return value.map(toSource).join('');
}

/** Text from the directory: letters that run from right to left do not move what stands beside them. */
export function quoted(text: string): Markup {
  return html`<bdi>${text}</bdi>`;
}

export const NOTHING = html``;
