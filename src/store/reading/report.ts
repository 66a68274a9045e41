import { coversNight } from './confirmation.ts';
import { loadFindings, type Findings } from './report-findings.ts';
import { loadHoldersByRole, loadNightFigures, type NightFigures, type RoleHolders } from './report-nights.ts';
import { loadOutcome, type Outcome } from './report-outcome.ts';
import type { ReportedRun } from './report-run.ts';
import { loadSample, type Sample } from './report-sample.ts';
import type { Snapshot } from './snapshot.ts';

/** Somebody without a usable answer on the night, and since when. */
export interface UnconfirmedPerson {
  readonly user_id: string;
  readonly email: string | null;
  readonly last_confirmed_at: string | null;
  readonly valid_from: string;
}

/** All that a report of one run shows. */
export interface RunReading {
  readonly run: ReportedRun;
  readonly outcome: Outcome;
  /** Null of a run that is no night: nobody's confirmation moved. */
  readonly unconfirmed: Sample<UnconfirmedPerson> | null;
  /** Null before the first night. */
  readonly findings: Findings | null;
  /** The nights up to the run, first to last. */
  readonly nights: readonly NightFigures[];
  /** Roles on the account, those with the most holders first. */
  readonly holders: Sample<RoleHolders>;
}

/** Of lists that may be as long as the directory only how long they are, and their beginning. */
export async function loadRunReading(snapshot: Snapshot, run: ReportedRun): Promise<RunReading> {
  const upTo = run.as_of ?? run.opened_at;
  const nights = await loadNightFigures(snapshot, upTo);
  return {
    run,
    outcome: await loadOutcome(snapshot, run),
    unconfirmed: run.status === 'published' ? await loadUnconfirmed(snapshot, upTo) : null,
    findings: await loadFindings(snapshot),
    nights,
    holders: await loadHoldersByRole(snapshot, nights),
  };
}

/** Those who have been without an answer for longest come first. */
async function loadUnconfirmed(snapshot: Snapshot, asOf: string): Promise<Sample<UnconfirmedPerson>> {
  return loadSample(
    snapshot,
    `SELECT s.user_id, s.email, s.last_confirmed_at, s.valid_from
       FROM directory.unconfirmed s WHERE ${coversNight('s', '$1')}`,
    'last_confirmed_at NULLS FIRST, email, user_id',
    [asOf],
  );
}
