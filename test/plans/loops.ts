import type pg from 'pg';
import { explainedSchema, type Node } from './plan.ts';

/** A node of an executed plan that goes through what lies somewhere: a table, an index, or what was kept of either. */
export interface Pass {
  readonly node: string;
  /** How often it was gone through, or searched. */
  readonly loops: number;
  /** The beginning of the statement. */
  readonly statement: string;
}

const SCAN = /^(?:Seq|Index|Index Only|Bitmap Heap|CTE) Scan$/;
/** Gone through again, they do not ask again what is below them. */
const KEEPING = /^(?:Materialize|Memoize|Sort|Incremental Sort|Aggregate|Hash)$/;
const WRITING = /^\s*(?:INSERT|UPDATE|WITH)\b/;

/**
 * A connection that executes what it is given, and notes in `passes` how the statements that write were executed. Those return no
 * rows through it.
 */
export function notePasses(connection: pg.PoolClient, passes: Pass[]): pg.PoolClient {
  const query = async (text: string, values?: unknown[]): Promise<pg.QueryResult> => {
    if (!WRITING.test(text)) return connection.query(text, values);
    const result = await connection.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`, values);
    const [{ 'QUERY PLAN': explained }] = explainedSchema.parse(result.rows);
    const statement = text.trim().replace(/\s+/g, ' ').slice(0, 80);
    passes.push(...passesOf(explained[0].Plan).map((pass) => ({ ...pass, statement })));
    return { ...result, rows: [], rowCount: 0 };
  };
  return new Proxy(connection, {
    get: (target, name): unknown => (name === 'query' ? query : Reflect.get(target, name)),
  });
}

/** Without what only makes something of a row on the way, as `jsonb_array_elements` does. */
function passesOf(node: Node): Omit<Pass, 'statement'>[] {
  const { 'Node Type': type, 'Relation Name': table, 'Actual Loops': loops = 0, Plans: children = [] } = node;
  const below = children.flatMap(passesOf);
  const isPass = SCAN.test(type) || (KEEPING.test(type) && below.length > 0);
  return isPass ? [{ node: table === undefined ? type : `${type} on ${table}`, loops }, ...below] : below;
}
