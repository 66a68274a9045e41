import { z } from 'zod';
import type { TestStore } from '../support/store.ts';

export interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string | undefined;
  readonly 'Index Name'?: string | undefined;
  /** Where it was executed. */
  readonly 'Actual Loops'?: number | undefined;
  readonly Plans?: readonly Node[] | undefined;
}

const nodeSchema: z.ZodType<Node> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Actual Loops': z.number().optional(),
  Plans: z.lazy(() => z.array(nodeSchema)).optional(),
});
/** The rows of `EXPLAIN (FORMAT JSON)`. */
export const explainedSchema = z.tuple([
  z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: nodeSchema })]) }),
]);

export interface Plan {
  /** Tables read from one end to the other. */
  readonly scanned: readonly string[];
  readonly indexes: readonly string[];
  /** As psql shows it, for when a test fails. */
  readonly text: string;
}

export async function readPlan({ query }: Pick<TestStore, 'query'>, sql: string): Promise<Plan> {
  const [{ 'QUERY PLAN': explained }] = explainedSchema.parse(await query(`EXPLAIN (FORMAT JSON) ${sql}`));
  const nodes = [...walk(explained[0].Plan)];
  const lines = await query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`);
  return {
    scanned: nodes
      .filter((node) => node['Node Type'] === 'Seq Scan')
      .flatMap((node) => node['Relation Name'] ?? []),
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
    text: lines.map((line) => line['QUERY PLAN']).join('\n'),
  };
}

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of node.Plans ?? []) yield* walk(child);
}
