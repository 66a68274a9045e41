import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import axe, { type AxeResults } from 'axe-core';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawPage } from '../../src/report/html/page.ts';
import type { RunReading } from '../../src/store/reading/report.ts';
import { findBrowser } from '../support/browser.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { EVENTFUL, FAILED, HELD, UTC } from './html/readings.ts';

const program = await findBrowser();

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What is wrong with a page, each once for every width and color scheme in which it is. */
interface Faults {
  readonly console: readonly string[];
  readonly requests: readonly string[];
  readonly overflow: readonly string[];
  readonly accessibility: readonly string[];
  /** Whether anything in the page ran. */
  readonly ran: boolean;
}

const NONE: Faults = { console: [], requests: [], overflow: [], accessibility: [], ran: false };

/** The widths and schemes to look at, each scheme and each width judged for accessibility once. */
const VIEWS = [
  { width: 400, colorScheme: 'light', isJudged: false },
  { width: 400, colorScheme: 'dark', isJudged: true },
  { width: 1400, colorScheme: 'dark', isJudged: false },
  { width: 1400, colorScheme: 'light', isJudged: true },
] as const;

describe.skipIf(program === null)('in a browser', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program ?? '', args: FLAGS });
    folder = await makeTemporaryFolder();
  });
  afterAll(() => browser.close());

  const look = async (page: string): Promise<Faults> => {
    const file = path.join(folder, 'report.html');
    await writeFile(file, page);
    return lookAt(browser, pathToFileURL(file).href);
  };

  test.each<[string, RunReading]>([
    ['a night with everything, under hostile names', EVENTFUL],
    ['a held run', HELD],
    ['a failed run', FAILED],
  ])('%s runs nothing, fetches nothing, fits and can be read by everybody', async (_, reading) => {
    expect(await look(drawPage(reading, UTC, '2026-11-22T08:00:00Z'))).toEqual(NONE);
  });

  test('a page that does wrong would be noticed', async () => {
    const page = drawPage(FAILED, UTC, '2026-11-22T08:00:00Z');
    const planted = `<script>globalThis.hostile = 1</script><img src="http://127.0.0.1:9/x.png" alt="">
      <p style="width:500px;color:#999;background:#aaa">wide and faint</p></main>`;
    const faults = await look(page.replace('</main>', planted));
    expect(faults.console.join()).toMatch(/script.*Content Security Policy/s);
    expect(faults.overflow).toHaveLength(2);
    expect(faults.accessibility.join()).toContain('color-contrast');
    // Without the policy it would have run, and asked for the picture.
    const bare = page.replace(/<meta http-equiv[^>]*>/, '').replace('</main>', planted);
    expect(await look(bare)).toMatchObject({ ran: true, requests: ['http://127.0.0.1:9/x.png'] });
  });
});

async function lookAt(browser: Browser, url: string): Promise<Faults> {
  const page = await browser.newPage();
  try {
    const faults: Record<'console' | 'requests' | 'overflow' | 'accessibility', string[]> = {
      console: [],
      requests: [],
      overflow: [],
      accessibility: [],
    };
    page.on('console', (message) => faults.console.push(message.text()));
    page.on('pageerror', (error) => faults.console.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) faults.requests.push(request.url());
    });
    await page.goto(url);
    for (const { width, colorScheme, isJudged } of VIEWS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const needed = await page.evaluate<number>('document.documentElement.scrollWidth');
      if (needed > width) faults.overflow.push(`${needed} of ${width} pixels`);
      if (!isJudged) continue;
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<AxeResults>(
        `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
      );
      faults.accessibility.push(
        ...violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} (${width}, ${colorScheme})`),
      );
    }
    return { ...faults, ran: await page.evaluate<boolean>(`'hostile' in globalThis`) };
  } finally {
    await page.close();
  }
}
