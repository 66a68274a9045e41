import { openDatabase } from '../../../src/store/database.ts';
import { verifyDatabase, type Anchor, type Verification } from '../../../src/store/verify/verify.ts';
import type { Tenant } from '../../../src/simulator/tenant.ts';
import { HEAVY_CHURN } from '../../support/churn.ts';
import type { TestNights } from '../../support/night.ts';
import { copyDatabase, type TestDatabase } from '../../support/postgres.ts';
import { beginStory, makeTenant, openStory, type Story } from '../../support/story.ts';

export async function verify(
  { databaseUrl }: Pick<TestNights, 'databaseUrl'>,
  anchor?: Anchor,
): Promise<Verification> {
  const database = await openDatabase({ url: databaseUrl, size: 1, onIdleError: () => undefined });
  try {
    return await verifyDatabase(database, anchor);
  } finally {
    await database.close();
  }
}

/** Runs nights of heavy churn, with silence in the second, and returns a database that outlives the test. */
export async function runNights(tenant: Tenant, count: number): Promise<TestDatabase> {
  for (const { email } of tenant.people.slice(0, 8)) tenant.grant(email, 'Auditor');
  const { nights, tryNight } = await openStory(tenant);
  nights.server.faults.add({
    name: 'silence',
    on: { share: 0.1, when: ({ night }) => night === 2 },
    does: 'omit',
  });
  for (let night = 1; night <= count; night += 1) {
    await tryNight();
    tenant.advanceNight({ churn: HEAVY_CHURN });
  }
  return copyDatabase(nights.databaseUrl);
}

/** Opens a story with somebody who stays an admin: that nobody is one any more is always held. */
export async function beginStoryWithAdmin(): Promise<Story> {
  const tenant = makeTenant();
  tenant.grant('bob@example.com', 'Auditor');
  return beginStory(tenant);
}
