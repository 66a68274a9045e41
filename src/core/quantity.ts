/** `1,204` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 role`, `1,204 roles`. */
export function quantity(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** In percent, rounded down, so that only everything is 100%. */
export function describeShare(share: number | null): string {
  return share === null ? 'unknown' : `${(Math.floor(share * 1_000) / 10).toFixed(1)}%`;
}
