import { InvalidArgumentError } from 'commander';

/** An argument of a command: a whole number of up to eight digits. */
export function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.');
  return Number(text);
}
