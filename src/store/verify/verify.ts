import { loadChain, type ChainHead } from '../chain-head.ts';
import { inTransaction, prepareForEverybody, type Database, type Queryable } from '../database.ts';
import { loadAlertChecks } from './alerts.ts';
import { CHAIN_CHECKS } from './chain.ts';
import type { Check } from './check.ts';
import { ACCESS_CHECKS } from './fold-access.ts';
import { NAME_CHECKS } from './fold-names.ts';
import { PEOPLE_CHECKS } from './fold-people.ts';
import { INTERVAL_CHECKS } from './intervals.ts';
import { RECEIPT_CHECKS } from './receipts.ts';

/** Two things the database says that cannot both be true. Names no address and no person but by their id. */
export interface Difference {
  readonly check: string;
  readonly table: string;
  readonly runId: string | null;
  readonly userId: string | null;
  readonly detail: string;
}

export interface Verification {
  /** Null where everything agrees. */
  readonly difference: Difference | null;
  /** What was checked, up to the difference. */
  readonly checks: readonly { readonly name: string; readonly counts: string; readonly checked: number }[];
  readonly chain: {
    readonly head: ChainHead | null;
    readonly runs: number;
    /** Published runs at its end without a link yet: an older version published them. */
    readonly unlinked: readonly string[];
    /** Digests whose content has been erased. */
    readonly erased: number;
  };
}

/** A head that somebody kept elsewhere, of a run they may remember. */
export interface Anchor {
  /** In hexadecimal. */
  readonly link: string;
  readonly runId: string | null;
}

/**
 * Holds what is true now, the history, the audit log, the receipts, the alerts and the hash chain against each
 * other, and stops at the first difference. Changes nothing, and sees one night throughout, also while another is
 * published. Memory does not grow with the directory (I11).
 */
export async function verifyDatabase(
  { pool }: Pick<Database, 'pool'>,
  anchor: Anchor | null = null,
): Promise<Verification> {
  return inTransaction(pool, async (connection) => {
    await connection.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return verifySnapshot(connection, anchor);
  });
}

/** The same inside a transaction of the caller's, whose own writes it judges as well. */
export async function verifySnapshot(connection: Queryable, anchor: Anchor | null): Promise<Verification> {
  await prepareForEverybody(connection);
  const links = await loadChain(connection);
  const chain = { head: links.at(-1) ?? null, runs: links.length, ...(await loadGaps(connection)) };
  const lost = anchor === null ? null : findLost(links, anchor);
  if (lost !== null) return { difference: lost, checks: [], chain };
  return { ...(await runChecks(connection)), chain };
}

/** The rules of alerts are read when the chain has vouched for them. */
async function* eachCheck(connection: Queryable): AsyncGenerator<Check> {
  yield* CHAIN_CHECKS;
  yield* RECEIPT_CHECKS;
  yield* INTERVAL_CHECKS;
  yield* PEOPLE_CHECKS;
  yield* ACCESS_CHECKS;
  yield* NAME_CHECKS;
  yield* await loadAlertChecks(connection);
}

async function runChecks(connection: Queryable): Promise<Pick<Verification, 'difference' | 'checks'>> {
  const checks = new Map<string, Verification['checks'][number]>();
  for await (const { name, counts, sql, values = [] } of eachCheck(connection)) {
    const { rows } = await connection.query<{
      checked: number;
      difference: Omit<Difference, 'check'> | null;
    }>(`SELECT count(*)::float8 AS checked, min(c.difference)::jsonb AS difference FROM (${sql}) c`, [
      ...values,
    ]);
    const { checked = 0, difference = null } = rows[0] ?? {};
    checks.set(name, { name, counts, checked: checked + (checks.get(name)?.checked ?? 0) });
    if (difference !== null)
      return { difference: { check: name, ...difference }, checks: [...checks.values()] };
  }
  return { difference: null, checks: [...checks.values()] };
}

/** Whoever can write to the database can compute the whole chain anew; not what somebody kept outside of it. */
function findLost(links: readonly ChainHead[], { link, runId }: Anchor): Difference | null {
  const found = links.find((each) => each.link === link);
  if (found !== undefined && (runId === null || found.runId === runId)) return null;
  const instead = links.find((each) => each.runId === runId);
  return {
    check: 'head',
    table: 'run_links',
    runId,
    userId: null,
    detail:
      runId === null
        ? `the head ${link} is not in the chain`
        : `the head kept for this run is ${link}, but the chain has ${instead?.link ?? 'none'}`,
  };
}

async function loadGaps(connection: Queryable): Promise<{ unlinked: string[]; erased: number }> {
  const { rows } = await connection.query<{ unlinked: string[]; erased: number }>(
    `SELECT ARRAY(SELECT r.id::text FROM runs r
                   WHERE r.status = 'published' AND NOT EXISTS (SELECT FROM run_links l WHERE l.run_id = r.id)
                   ORDER BY r.as_of) AS unlinked,
            (SELECT count(*) FROM digests WHERE salt IS NULL)::float8 AS erased`,
  );
  return rows[0] ?? { unlinked: [], erased: 0 };
}
