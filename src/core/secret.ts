/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/**
 * A value that must reach no log line, job payload, error, metric, report or table (I8). Every way of
 * turning it into text by accident gives `[redacted]`; `reveal` is the one way to the value, so that a
 * search for it finds every place that uses a secret.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  /** What `console.log`, `util.inspect` and the test runner print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
