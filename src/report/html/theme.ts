import { html } from './markup.ts';

/**
 * Colours are named by what they mean, twice: for light and for dark. Each reaches 4.5 to 1 on its ground, and no
 * meaning rests on colour alone. On paper it is always light.
 */
export const THEME = html`<style>
  :root {
    color-scheme: light dark;
    --ground: #fbfbf9;
    --card: #ffffff;
    --ink: #1c2024;
    --soft: #5a6169;
    --rule: #dcdfe3;
    --blue: #1f5fbf;
    --blue-soft: #e6effb;
    --rust: #b0480f;
    --rust-soft: #fbeae0;
    --plum: #6d4aa5;
    --plum-soft: #efe9f8;
    --good: #1d6f42;
    --fair: #8a5a00;
    --bad: #b3261e;
    --bad-soft: #fceceb;
    --tone: var(--good);
  }
  @media screen and (prefers-color-scheme: dark) {
    :root {
      --ground: #15181b;
      --card: #1d2125;
      --ink: #e8eaed;
      --soft: #a5adb6;
      --rule: #363c43;
      --blue: #8ab8ff;
      --blue-soft: #1d2c44;
      --rust: #ffab7a;
      --rust-soft: #402618;
      --plum: #c8b0f5;
      --plum-soft: #2f2742;
      --good: #7bd6a2;
      --fair: #f0c05a;
      --bad: #ff9d94;
      --bad-soft: #3f2220;
    }
  }
  @media print {
    :root {
      color-scheme: light;
      --ground: #fff;
      --card: #fff;
      --ink: #000;
    }
  }
  .fair {
    --tone: var(--fair);
  }
  .bad {
    --tone: var(--bad);
  }
</style>`;
