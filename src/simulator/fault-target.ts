import type { AskedCall } from './asked-call.ts';
import type { FaultTarget } from './fault.ts';
import { Random } from './random.ts';

/** Decides by lot, the same way each time: true for about `share` of all subjects. */
export type Lot = (share: number, subject: string) => boolean;

export function makeLot(...seedParts: readonly (string | number)[]): Lot {
  return (share, subject) => new Random(...seedParts, subject).chance(share);
}

/** The entries for whose sake the call is a target, attempts aside; null where it is none. */
export function chooseEntries(target: FaultTarget, asked: AskedCall, lot: Lot): readonly string[] | null {
  const { operation, night, moreThan, shareOfCalls, when } = target;
  if (operation !== undefined && operation !== asked.operation) return null;
  if (night !== undefined && night !== asked.night) return null;
  if (moreThan !== undefined && asked.entries.length <= moreThan) return null;
  if (shareOfCalls !== undefined && !lot(shareOfCalls, asked.key)) return null;
  if (when !== undefined && !when(asked)) return null;
  if (!isSelective(target)) return asked.entries;
  const chosen = asked.entries.filter((entry) => isChosen(target, entry, lot));
  return chosen.length > 0 ? chosen : null;
}

/** Whether the target is some entries rather than all that a call is about. */
export function isSelective({ entries, share }: FaultTarget): boolean {
  return entries !== undefined || share !== undefined;
}

function isChosen({ entries, share }: FaultTarget, entry: string, lot: Lot): boolean {
  const address = entry.toLowerCase();
  if (share !== undefined && !lot(share, address)) return false;
  if (entries === undefined) return true;
  if (typeof entries === 'function') return entries(entry);
  return entries.some((named) => named.toLowerCase() === address);
}
