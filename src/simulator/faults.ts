import { inspect } from 'node:util';
import type { Account } from './account.ts';
import { AskedCall } from './asked-call.ts';
import { joinSteps, type Reply, type Step } from './call.ts';
import { doDeed } from './deed.ts';
import type { Fault, FaultTarget } from './fault.ts';
import { chooseEntries, isSelective, type Lot, makeLot } from './fault-target.ts';

/** A fault in its place, and what has come of it. */
export class PlacedFault {
  readonly name: string;
  /** Resolves when the fault fires for the first time. */
  readonly whenFired: Promise<void>;
  readonly #fault: Fault;
  readonly #target: FaultTarget;
  readonly #lot: Lot;
  readonly #attempts = new Map<string, number>();
  readonly #entries = new Set<string>();
  #fired = 0;
  #announce: () => void = () => undefined;

  constructor(fault: Fault, seed: string | number) {
    this.name = fault.name ?? inspect(fault, { depth: 5, breakLength: Infinity });
    this.#fault = fault;
    this.#target = fault.on ?? {};
    // By what it does where it has no name: two faults that draw a tenth each should not draw the same tenth.
    this.#lot = makeLot(seed, 'fault', fault.name ?? JSON.stringify(fault.does));
    this.whenFired = new Promise((resolve) => {
      this.#announce = resolve;
    });
  }

  /** How many calls it has befallen. A fault that found nothing to alter has not fired. */
  get fired(): number {
    return this.#fired;
  }

  /** The entries it has befallen, as they were asked; where it targets some or alters items, no others of the call. */
  get entries(): ReadonlySet<string> {
    return this.#entries;
  }

  async befall(asked: AskedCall, proceed: () => Promise<Reply>): Promise<Reply> {
    const entries = chooseEntries(this.#target, asked, this.#lot);
    if (entries === null || !this.#countAttempt(asked)) return proceed();
    const occasion = { asked, entries, isSelective: isSelective(this.#target) };
    const { reply, befell } = await doDeed(this.#fault.does, occasion, proceed);
    if (befell !== null) this.#fire(befell);
    return reply;
  }

  /** Whether this attempt is still one that the fault befalls. */
  #countAttempt(asked: AskedCall): boolean {
    const { attempts = 'always' } = this.#target;
    if (attempts === 'always') return true;
    const attempt = (this.#attempts.get(asked.key) ?? 0) + 1;
    this.#attempts.set(asked.key, attempt);
    return attempt <= (attempts === 'first' ? 1 : attempts);
  }

  #fire(befell: readonly string[]): void {
    this.#fired += 1;
    for (const entry of befell) this.#entries.add(entry);
    this.#announce();
  }
}

/** The faults of a running tenant. Where several befall a call, the one added first is the outermost. */
export class Faults {
  readonly #account: Account;
  readonly #placed: PlacedFault[] = [];
  #active: readonly PlacedFault[] = [];

  constructor(account: Account, faults: readonly Fault[] = []) {
    this.#account = account;
    for (const fault of faults) this.add(fault);
  }

  /** Every fault there has been, those cleared among them, in the order in which they were added. */
  get list(): readonly PlacedFault[] {
    return this.#placed;
  }

  /** Those of the list that never fired. */
  get unfired(): readonly PlacedFault[] {
    return this.#placed.filter(({ fired }) => fired === 0);
  }

  add(fault: Fault): PlacedFault {
    const placed = new PlacedFault(fault, this.#account.seed);
    this.#placed.push(placed);
    this.#active = [...this.#active, placed];
    return placed;
  }

  /** Ends all faults for calls to come; what came of them is still known. */
  clear(): void {
    this.#active = [];
  }

  /** The step of a call's way on which faults befall it. */
  readonly befall: Step = (call, proceed) => {
    if (this.#active.length === 0 || call.operation === null) return proceed();
    const asked = new AskedCall(call, call.operation, this.#account);
    const steps = this.#active.map(
      (fault): Step =>
        (_call, onward) =>
          fault.befall(asked, onward),
    );
    return joinSteps(steps, proceed)(call);
  };
}
