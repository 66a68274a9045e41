import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html, quoted } from '../../../src/report/html/markup.ts';

test('text is escaped and made printable, markup is not escaped twice, and lists are joined', () => {
  const inner = html`<b>${'<&"\'>\u202e'}</b>`;
  expect(html`<p title="${'"x'}">${inner}${[inner, html`!`]}${3}</p>`.toString()).toBe(
    String.raw`<p title="&quot;x"><b>&lt;&amp;&quot;&#39;&gt;\u{202e}</b><b>&lt;&amp;&quot;&#39;&gt;\u{202e}</b>!3</p>`,
  );
});

test('no text, whatever is in it, ends an element or an attribute or moves its neighbours', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(quoted(text).toString().slice('<bdi>'.length, -'</bdi>'.length)).not.toMatch(
        /[<>"'\p{Cc}\p{Cf}]|&(?!(?:amp|lt|gt|quot|#39);)/u,
      );
    }),
  );
});
