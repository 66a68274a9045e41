/** What the queue says and to whom; a pino logger fits. */
export interface QueueLogger {
  info(details: Record<string, unknown>, message: string): void;
  warn(details: Record<string, unknown>, message: string): void;
  error(details: Record<string, unknown>, message: string): void;
}

/**
 * An allow-list: an error of ioredis carries the command it failed on, AUTH and its password included, and an
 * error of pg the values of the row (I8).
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name: error.name, ...code, message: describeReason(error), stack: error.stack };
}

/** One line. A connection tried over IPv4 and IPv6 fails with an AggregateError whose own message is empty. */
export function describeReason(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(describeReason).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

export interface OutageLog {
  report(error: unknown): void;
  /** To be called whenever a connection stands. */
  recovered(): void;
}

/**
 * While an engine is away, every lane, queue and connection reports an error at every attempt. Each distinct
 * message is said once until a connection stands again, and then how many there were.
 */
export function createOutageLog(place: string, logger: QueueLogger): OutageLog {
  const said = new Set<string>();
  let errors = 0;
  return {
    report(error) {
      const reason = describeReason(error);
      if (isAboutOneJob(error)) {
        logger.warn({ error: describeError(error) }, `[queue] ${reason}; the job may run again`);
        return;
      }
      errors += 1;
      if (said.has(reason)) return;
      said.add(reason);
      logger.warn({ error: describeError(error) }, `[queue] ${place}: ${reason}`);
    },
    recovered() {
      if (errors > 0) logger.info({ errors }, `[queue] ${place} answers again`);
      said.clear();
      errors = 0;
    },
  };
}

/** BullMQ's own errors, such as a lock that another worker holds by now, have a number for a code. */
function isAboutOneJob(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
