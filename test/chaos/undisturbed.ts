import { expect } from 'vitest';
import { expectTruth } from '../support/truth.ts';
import { readOutcome, type Outcome } from './outcome.ts';
import { runToItsEnd, type Scene } from './scene.ts';

/** What the night leaves behind when nothing happens to it. It is what the account itself says. */
export async function playUndisturbed(scene: Scene): Promise<Outcome> {
  const database = await scene.takeEvening();
  const known = await database.query<{ email: string }>('SELECT email FROM directory.users');
  try {
    expect(await runToItsEnd(scene.envOf(database))).toMatchObject({ status: 'published', error: null });
    await expectTruth(
      database,
      scene.tenant,
      known.map(({ email }) => email),
    );
    const outcome = await readOutcome(database);
    expect(outcome.difference).toBeNull();
    return outcome;
  } finally {
    await database.drop();
  }
}
