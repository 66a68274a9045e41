import { normalizeEmail } from '../core/email.ts';
import { printable } from '../core/printable.ts';
import {
  loadKnownPerson,
  loadNearEmails,
  loadTenures,
  type KnownPerson,
  type Tenure,
} from '../store/reading/people.ts';
import { describeLocalTime } from './local-time.ts';
import { printLine } from './output.ts';
import type { Reading } from './reading.ts';
import { describeUnknown, findNear } from './suggestion.ts';

/** Whom an address, with all who ever had it, or a user id means. */
export type Reference =
  | {
      readonly kind: 'address';
      readonly email: string;
      readonly tenures: readonly [Tenure, ...Tenure[]];
    }
  | { readonly kind: 'person'; readonly person: KnownPerson };

/** Undefined where nobody is known by it: that has then been said, with what may have been meant. */
export async function findReference(reading: Reading, text: string): Promise<Reference | undefined> {
  const { snapshot, terminal } = reading;
  const email = normalizeEmail(text);
  const [first, ...others] = await loadTenures(snapshot, email);
  if (first !== undefined) return { kind: 'address', email, tenures: [first, ...others] };
  const person = await loadKnownPerson(snapshot, text.trim());
  if (person !== undefined) return { kind: 'person', person };
  const near = findNear(email, await loadNearEmails(snapshot, email));
  printLine(
    terminal.stderr,
    describeUnknown(`Nobody is or was known by '${printable(text)}', as an address or a user id.`, near),
  );
  return undefined;
}

/** One line for each who had an address, where that is more than one person who still has it. */
export function describeTenures(tenures: readonly Tenure[], { now }: Reading): string[] {
  if (tenures.length === 1 && tenures[0]?.valid_to === null) return [];
  const zone = now.zone;
  return tenures.map(({ user_id, email, valid_from, valid_to }) => {
    const until = valid_to === null ? 'still' : `until ${describeLocalTime(valid_to, zone)}`;
    return `${printable(email)} was with user ${printable(user_id)} from ${describeLocalTime(valid_from, zone)} ${until}.`;
  });
}
