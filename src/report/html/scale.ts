/** Steps that people count in. */
const STEPS = [1, 2, 5, 10];

/**
 * Round numbers from 0 up to the first that is not below `most`, about `wanted` of them; whole, since nothing
 * that is counted here comes in parts.
 */
export function pickTicks(most: number, wanted = 3): readonly number[] {
  const rough = Math.max(1, most) / wanted;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, (STEPS.find((factor) => factor * magnitude >= rough) ?? 10) * magnitude);
  const ticks = Math.ceil(Math.max(1, most) / step);
  return Array.from({ length: ticks + 1 }, (_, at) => at * step);
}

/** The highest multiple of ten percent that lies below all shares; 0.9 where none is lower. */
export function pickFloor(shares: readonly number[]): number {
  const least = Math.min(0.95, ...shares);
  return Math.max(0, Math.floor(least * 10 - 1e-9) / 10);
}

/** Which of so many places along an axis bear a label: the first, the last, and few enough between. */
export function pickLabels(places: number, most = 3): readonly number[] {
  const shown = Math.min(places, most);
  return Array.from({ length: shown }, (_, at) =>
    shown === 1 ? 0 : Math.round((at * (places - 1)) / (shown - 1)),
  );
}

/** For an attribute: no more digits than anybody sees. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
