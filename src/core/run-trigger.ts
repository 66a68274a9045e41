/** Who opened a run: the tick of its night, a later look that found the night missed, or a person. */
export type RunTrigger = ClockTrigger | 'manual';

export type ClockTrigger = 'schedule' | 'catch-up';
