import { InvalidArgumentError } from 'commander';

/** A run id as `runs` lists it. */
export function parseRunId(text: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text;
  throw new InvalidArgumentError("It is no run id: 'kore-sync runs' lists them.");
}
