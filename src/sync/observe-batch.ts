import { hash } from 'node:crypto';
import type { Answer, BatchAnswers } from '../core/answer.ts';
import { canonicalForm } from '../core/canonical.ts';
import { observe, type KnownEntry, type Observation } from '../core/observation.ts';
import type { PendingBatch } from '../store/pending-batches.ts';
import type { BatchOutcome } from '../store/save-answers.ts';

/** What is to be stored of a batch that was answered. */
export interface ObservedBatch {
  readonly runId: string;
  readonly outcome: BatchOutcome;
  /** Paths of fields that are unknown or of a surprising type. */
  readonly drift: readonly string[];
  /** How many people are stored as a whole. */
  readonly snapshots: number;
}

/** I10: every answer counts in the receipt; of those that say nothing new nothing else is kept. */
export function observeBatch(
  { runId, no, entries }: PendingBatch,
  {
    answers: { answers, ignored, drift },
    durationMs,
  }: { readonly answers: BatchAnswers; readonly durationMs: number },
): ObservedBatch {
  const known = new Map(entries.map((entry) => [entry.entry, entry]));
  const observations: Observation[] = [];
  const counts = { found: 0, absent: 0, unanswered: 0 };
  for (const answer of answers) {
    counts[answer.kind] += 1;
    const observation = observe(
      answer,
      known.get(answer.entry) ?? unknownEntry(answer.entry),
      hashOf(answer),
    );
    if (observation !== undefined) observations.push(observation);
  }
  const snapshots = observations.filter((each) => each.answer === 'found' && each.snapshot !== null).length;
  const receipt = { ...counts, ignored, durationMs: Math.round(durationMs) };
  return { runId, outcome: { no, status: 'answered', receipt, observations }, drift, snapshots };
}

function hashOf(answer: Answer): string {
  return answer.kind === 'found' ? hash('sha256', canonicalForm(answer.snapshot)) : '';
}

function unknownEntry(entry: string): KnownEntry {
  return { entry, userId: null, current: false, email: null, hash: null, lastLogin: null, shared: false };
}
