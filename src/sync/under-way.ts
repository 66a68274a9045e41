/**
 * The batches that this process has under way. The last of a run to end looks whether all are in: it ends after the
 * others have committed, so that theirs need not look.
 */
export class BatchesUnderWay {
  readonly #counts = new Map<string, number>();

  begin(runId: string): void {
    this.#counts.set(runId, (this.#counts.get(runId) ?? 0) + 1);
  }

  /** Returns whether no other batch of the run is under way here. */
  end(runId: string): boolean {
    const others = (this.#counts.get(runId) ?? 1) - 1;
    if (others > 0) this.#counts.set(runId, others);
    else this.#counts.delete(runId);
    return others === 0;
  }
}
