import { Account } from './account.ts';
import { CallLog } from './call-log.ts';
import { advanceNight, type NightOptions } from './churn.ts';
import type { NightEvent } from './night-event.ts';
import { listRoster } from './roster.ts';
import { stateTruth, type Truth, type TruthScope } from './truth.ts';

/** An account that can be asked, moved on by a night, and questioned about what a directory should say of it. */
export class Tenant extends Account {
  readonly calls = new CallLog();

  /** The lines of the roster as it is when they are read. */
  roster(): Iterable<string> {
    return { [Symbol.iterator]: () => listRoster(this) };
  }

  truth(scope: TruthScope = {}): Truth {
    return stateTruth(this, scope);
  }

  /** Lets a day pass and tells what happened in it; the same seed and state make the same day. */
  advanceNight(options: NightOptions = {}): readonly NightEvent[] {
    return advanceNight(this, options);
  }
}
