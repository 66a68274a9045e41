import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createStatusMetrics } from '../../src/cli/status-server.ts';
import { ENVIRONMENT } from '../../src/config/environment.ts';
import { readTree } from './tree.ts';

const rulesShape = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.object({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

const METRIC = /\bkore_sync_[a-z_]+/g;

function metricsOf(text: string): string[] {
  return text.match(METRIC) ?? [];
}

/** The names of all metrics there are. */
async function listMetrics(): Promise<Set<string>> {
  const text = await createStatusMetrics().render({ database: null, queue: null });
  return new Set(Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name = '']) => name));
}

describe('what is deployed', () => {
  test('alerts on metrics that exist, and names a heading of the runbook', async () => {
    const { groups } = rulesShape.parse(parse(await readTree('deploy/prometheus-rules.yml')));
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    const metrics = await listMetrics();
    expect(rules.flatMap(({ expr }) => metricsOf(expr)).filter((name) => !metrics.has(name))).toEqual([]);
    const headings = Array.from(
      (await readTree('docs/operations.md')).matchAll(/^#+ (.*)$/gm),
      ([, heading]) => heading,
    );
    expect(
      rules.map(({ annotations }) => annotations.runbook).filter((name) => !headings.includes(name)),
    ).toEqual([]);
  });

  test.each(['deploy/kore-sync.service', 'Dockerfile', 'docs/operations.md'])(
    'keeps the young generation of Node as small in %s as in the others',
    async (file) => {
      const text = await readTree(file);
      expect(text).toMatch(/NODE_OPTIONS=--max-semi-space-size=8\b/);
      expect(text).not.toMatch(/max-semi-space-size=(?!8\b)/);
    },
  );

  test('has a line for every metric in its document', async () => {
    const described = new Set(metricsOf(await readTree('docs/service.md')));
    const ours = [...(await listMetrics())].filter((name) => name.startsWith('kore_sync_'));
    expect([...described].sort()).toEqual(ours.sort());
  });

  test.each(['deploy/kore-sync.service', 'docker-compose.yml', 'Dockerfile'])(
    '%s sets variables that exist',
    async (file) => {
      const text = await readTree(file);
      const ours = ENVIRONMENT.flatMap(({ name }) => [name, `${name}_FILE`]);
      const known = new Set([...ours, 'NODE_ENV', 'NODE_OPTIONS']);
      const set = Array.from(
        text.matchAll(/(?:^Environment=|^#\s+Environment=|^ENV |^ {6})([A-Z][A-Z_]+)(?:=|: )/gm),
        ([, name = '']) => name,
      ).filter((name) => !name.startsWith('POSTGRES_'));
      expect(set.length).toBeGreaterThan(0);
      expect(set.filter((name) => !known.has(name))).toEqual([]);
    },
  );
});
