import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseOptions } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['src', 'jobs', 'test'];
const options = await extractDepcruiseOptions(path.join(ROOT, '.dependency-cruiser.mjs'));
const rules = options.ruleSet?.forbidden ?? [];

interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

async function findViolations(baseDir: string): Promise<Violation[]> {
  const cruiseOptions: ICruiseOptions = { ...options, baseDir };
  const { output } = await cruise(FOLDERS, cruiseOptions, options.enhancedResolveOptions, {
    tsConfig: extractTSConfig(path.join(ROOT, 'tsconfig.json')),
  });
  if (typeof output === 'string') throw new Error(output);
  return output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}

describe('imports', () => {
  test('every file imports only what its folder may', async () => {
    expect(await findViolations(ROOT)).toEqual([]);
  });

  test('every rule has its reason', () => {
    expect(rules.filter(({ comment = '' }) => comment.length < 20)).toEqual([]);
  });

  test('every rule finds the violation that is planted for it', async () => {
    const violations = await findViolations(await plantTree());
    const unseen = Object.entries(PLANTED)
      .filter(([rule, [file]]) => !violations.some((seen) => seen.rule === rule && seen.from === file))
      .map(([rule]) => rule);
    expect(unseen).toEqual([]);
    expect(Object.keys(PLANTED).sort()).toEqual(rules.map(({ name = '' }) => name).sort());
  });
});

const THING = 'export const thing = 1;';

type Planted = readonly [file: string, code: string];

/** One violation of each rule. Files named `thing.ts` are there to be imported. */
const PLANTED: Readonly<Record<string, Planted>> = {
  'core-is-pure': ['src/core/reads.ts', "import 'node:fs';"],
  'parts-do-not-know-each-other': ['src/store/asks.ts', "import '../kore/thing.ts';"],
  'http-knows-nobody': ['src/http/asks.ts', "import '../store/thing.ts';"],
  'http-is-for-those-who-are-told': ['src/roster/posts.ts', "import '../http/thing.ts';"],
  'configuration-knows-nobody': ['src/config/config.ts', "import '../store/thing.ts';"],
  'sync-ties-the-parts': ['src/sync/shows.ts', "import '../report/thing.ts';"],
  'sync-uses-no-library': ['src/sync/queries.ts', "import type {} from 'pg';"],
  'jobs-are-thin': ['jobs/queries.ts', "import '../src/store/thing.ts';"],
  'jobs-take-types-of-the-queue': ['jobs/enqueues.ts', "import { thing } from '../src/queue/thing.ts';"],
  'report-shows-what-it-is-given': ['src/report/loads.ts', "import { thing } from '../store/thing.ts';"],
  'simulator-shares-no-code': ['src/simulator/leans.ts', "import '../core/thing.ts';"],
  'simulator-is-for-trying-out': ['src/sync/pretends.ts', "import '../simulator/thing.ts';"],
  'edges-are-not-imported': ['src/sync/rebuilds.ts', "import '../app.ts';"],
  'app-knows-no-command': ['src/app.ts', "import './cli/thing.ts';"],
  'check-asks-the-parts': ['src/check/shows.ts', "import '../report/thing.ts';"],
  'product-needs-no-test': ['src/alerts/tests.ts', "import '../../test/thing.ts';"],
  'product-needs-no-development-dependency': ['src/alerts/develops.ts', "import 'vitest';"],
  'no-cycle': ['src/alerts/egg.ts', "import './hen.ts';"],
  'nothing-unused': ['src/alerts/thing.ts', THING],
  'everything-resolves': ['src/alerts/strays.ts', "import './nowhere.ts';"],
  'got-has-one-home': ['src/alerts/got.ts', "import 'got';"],
  'jose-has-one-home': ['src/alerts/jose.ts', "import 'jose';"],
  '@prisma-has-one-home': ['src/alerts/prisma.ts', "import '@prisma/client';"],
  'pg-has-one-home': ['src/alerts/pg.ts', "import 'pg';"],
  'bullmq-has-one-home': ['src/alerts/bullmq.ts', "import 'bullmq';"],
  'ioredis-has-one-home': ['src/alerts/ioredis.ts', "import 'ioredis';"],
  'node-cron-has-one-home': ['src/alerts/node-cron.ts', "import 'node-cron';"],
  'luxon-has-one-home': ['src/alerts/luxon.ts', "import 'luxon';"],
  'prom-client-has-one-home': ['src/alerts/prom-client.ts', "import 'prom-client';"],
  'csv-parse-has-one-home': ['src/alerts/csv-parse.ts', "import 'csv-parse/sync';"],
  'zod-has-one-home': ['src/alerts/zod.ts', "import 'zod';"],
  'pino-has-one-home': ['src/alerts/pino.ts', "import 'pino';"],
  'cli-table3-has-one-home': ['src/alerts/cli-table3.ts', "import 'cli-table3';"],
  'string-width-has-one-home': ['src/alerts/string-width.ts', "import 'string-width';"],
  'csv-stringify-has-one-home': ['src/alerts/csv-stringify.ts', "import 'csv-stringify/sync';"],
  'fastest-levenshtein-has-one-home': ['src/alerts/fastest-levenshtein.ts', "import 'fastest-levenshtein';"],
  'nodemailer-has-one-home': ['src/observe/nodemailer.ts', "import 'nodemailer';"],
  'standardwebhooks-has-one-home': ['src/observe/standardwebhooks.ts', "import 'standardwebhooks';"],
  'escape-goat-has-one-home': ['src/observe/escape-goat.ts', "import 'escape-goat';"],
  'yaml-has-one-home': ['src/observe/yaml.ts', "import 'yaml';"],
  'cli-progress-has-one-home': ['src/alerts/cli-progress.ts', "import 'cli-progress';"],
  'commander-has-one-home': ['src/alerts/commander.ts', "import 'commander';"],
};

/** A tree in which every rule is broken once. */
async function plantTree(): Promise<string> {
  const folder = await makeTemporaryFolder();
  const bystanders: Planted[] = [
    ...['core', 'http', 'kore', 'store', 'queue', 'report', 'simulator', 'cli'].map((name): Planted => [
      `src/${name}/thing.ts`,
      THING,
    ]),
    ['test/thing.ts', THING],
    ['src/main.ts', "import './core/thing.ts';"],
    ['src/alerts/hen.ts', "import './egg.ts';"],
  ];
  for (const [file, code] of [...bystanders, ...Object.values(PLANTED)]) {
    const target = path.join(folder, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, `${code}\n`);
  }
  for (const name of ['node_modules', 'package.json'])
    await symlink(path.join(ROOT, name), path.join(folder, name));
  return folder;
}
