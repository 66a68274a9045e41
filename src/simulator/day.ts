import type { Account } from './account.ts';
import type { Person } from './model.ts';
import type { Happening, NightEvent } from './night-event.ts';
import type { Random } from './random.ts';

const TRIES = 20;

/** One day of an account in the making: who was touched already, and what has happened so far. */
export class Day {
  readonly account: Account;
  readonly random: Random;
  readonly #size: number;
  readonly #touched = new Set<string>();
  readonly #events: NightEvent[] = [];

  constructor(account: Account, random: Random) {
    this.account = account;
    this.random = random;
    this.#size = account.people.length;
  }

  get events(): readonly NightEvent[] {
    return this.#events;
  }

  /** How many people a share of the company is, as large as it was in the morning. */
  share(rate: number): number {
    return rate > 0 ? Math.max(1, Math.round(rate * this.#size)) : 0;
  }

  note(event: NightEvent): void {
    this.#events.push(event);
  }

  notePerson({ userId, email }: Pick<Person, 'userId' | 'email'>, happening: Happening): void {
    this.#touched.add(userId);
    this.#events.push({ userId, email, ...happening });
  }

  /** Lets it befall up to `count` untouched people who fit; null from `act` means that nothing happened after all. */
  befall(count: number, fits: (person: Person) => boolean, act: (person: Person) => Happening | null): void {
    for (let left = count; left > 0; left -= 1) {
      const person = this.#draw(fits);
      if (person === undefined) return;
      const { userId, email } = person;
      const happening = act(person);
      if (happening !== null) this.notePerson({ userId, email }, happening);
    }
  }

  /** By chance where many fit; where few do, the next one from a chance place, so that one is found if there is one. */
  #draw(fits: (person: Person) => boolean): Person | undefined {
    const { people } = this.account;
    const suits = (person: Person | undefined): boolean =>
      person !== undefined && !this.#touched.has(person.userId) && fits(person);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const person = people[this.random.below(people.length)];
      if (suits(person)) return person;
    }
    const start = this.random.below(people.length);
    for (let step = 0; step < people.length; step += 1) {
      const person = people[(start + step) % people.length];
      if (suits(person)) return person;
    }
    return undefined;
  }
}
