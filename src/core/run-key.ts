/**
 * Names a night by an instant, such as `nightly-20261121T020000Z`. Free of `:`, which job ids may not hold.
 * A scheduled night is named by its scheduled instant, so any number of schedulers name the same one.
 */
export function nightlyRunKey(scheduledAt: Date): string {
  return `nightly-${basicIso(scheduledAt).replace(/\.\d+Z$/, 'Z')}`;
}

/** A run somebody asks for by hand, to the millisecond. */
export function manualRunKey(calledAt: Date): string {
  return `manual-${basicIso(calledAt)}`;
}

function basicIso(instant: Date): string {
  return instant.toISOString().replaceAll(/[-:]/g, '');
}
