/**
 * The jobs about batches that this process has under way. Whoever finds none besides itself looks whether all batches of the
 * run are in: the others have committed by then, and need not look.
 */
export class BatchesUnderWay {
  readonly #counts = new Map<string, number>();

  /** Counts a job of the run for as long as `work` takes. */
  async during<T>(runId: string, work: () => Promise<T>): Promise<T> {
    this.#add(runId, 1);
    try {
      return await work();
    } finally {
      this.#add(runId, -1);
    }
  }

  isIdle(runId: string): boolean {
    return !this.#counts.has(runId);
  }

  #add(runId: string, difference: 1 | -1): void {
    const count = (this.#counts.get(runId) ?? 0) + difference;
    if (count > 0) this.#counts.set(runId, count);
    else this.#counts.delete(runId);
  }
}
