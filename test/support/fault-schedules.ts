import fc from 'fast-check';
import { expect } from 'vitest';
import type { Fault } from '../../src/simulator/fault.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import { LOOSE_GUARD } from './directory.ts';
import { startNights, type TestNights } from './night.ts';
import { expectAccounted, readUnanswered } from './receipts.ts';

const PEOPLE = 16;
const STRANGER = 'nobody@example.com';

/** Over when the call is made again, or after that. */
const passing = fc.constantFrom<Fault['does'][]>(
  ...(['server_error', 'bad_gateway', 'unavailable', 'not_json', 'empty_body', 'truncate', 'reset'] as const),
  ...(['wrong_content_type', 'reset_after_headers'] as const),
  { status: 429, retryAfter: 0 },
  { status: 200, msg: 'Rate limit reached', retryAfter: 0 },
  { latencyMs: 20 },
);

/** What would stop the run were it to come twice in a row. */
const stray = fc.constantFrom<Fault['does'][]>('redirect', 'encrypted', 'replayed_token', 'not_found');

/** There for as long as the night lasts. */
const staying = fc.constantFrom<Fault['does'][]>(
  ...([
    'omit',
    'duplicate',
    'swap_case',
    'reorder',
    'add_stranger',
    'bad_request',
    'invalid_arguments',
  ] as const),
  { drop: 'userInfo.userId' },
  { duplicate: { 'userInfo.firstName': 'Other' } },
  { fail: { errors: [{ msg: 'Try again later', code: 500 }] } },
  { add: [null, {}, { userInfo: { emailId: STRANGER } }] },
);

const share = fc.constantFrom(0.1, 0.3, 0.6);
const shareOfCalls = fc.constantFrom(0.3, 0.8);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ on: fc.record({ shareOfCalls, attempts: fc.constantFrom(1, 2) }), does: passing }),
  fc.record({ on: fc.record({ shareOfCalls, attempts: fc.constant(1) }), does: stray }),
  fc.record({ on: fc.record({ share }), does: staying }),
  fc.constant<Fault>({ on: { moreThan: 3 }, does: 'too_large' }),
);

const night = fc.record({
  faults: fc.uniqueArray(fault, { minLength: 1, maxLength: 4, selector: ({ does }) => JSON.stringify(does) }),
  batchSize: fc.constantFrom(1, 4, 16),
  /** What becomes of each person on the day before, by lot. */
  day: fc.array(fc.constantFrom('nothing', 'locked', 'granted', 'revoked', 'gone'), {
    minLength: PEOPLE,
    maxLength: PEOPLE,
  }),
});

/** Whom the directory shows, by address: what an analyst would say of each. */
type People = Record<string, string>;

/** Two nights, each with its faults. */
export const schedules = fc.tuple(night, night);

/**
 * Plays a schedule. I1, I10: each entry has one answer, who was answered is shown as they are, and the rest as they
 * were; and a third night, without faults, finds that no lie has lasted.
 */
export async function checkSchedule(
  schedule: typeof schedules extends fc.Arbitrary<infer Plan> ? Plan : never,
): Promise<void> {
  const tenant = new Tenant({ edition: 'xo' });
  for (let number = 100; number < 100 + PEOPLE; number += 1) {
    tenant.addPerson({ email: `p${number}@example.com`, userId: `u-${number}` });
    tenant.grant(`p${number}@example.com`, 'Tester', 'Leave');
  }
  tenant.addStranger(STRANGER);
  const nights = await startNights(tenant);
  let shown = await checkNight(nights, tenant, {}, 16);
  for (const { faults, batchSize, day } of schedule) {
    passDay(tenant, day);
    for (const each of faults) nights.server.faults.add(each);
    shown = await checkNight(nights, tenant, shown, batchSize);
    nights.server.faults.clear();
  }
  expect(await checkNight(nights, tenant, shown, 16)).toEqual(readTruth(tenant));
}

function passDay(tenant: Tenant, day: readonly string[]): void {
  const here = new Map(tenant.people.map((person) => [person.email, person]));
  for (const [index, what] of day.entries()) {
    const email = `p${100 + index}@example.com`;
    if (!here.has(email)) continue;
    const holds = [...tenant.truth().roleGrants].some((grant) => grant.email === email);
    if (what === 'locked') tenant.setStatus(email, 'Locked');
    else if (what === 'granted' && !holds) tenant.grant(email, 'Tester', 'Leave');
    else if (what === 'revoked' && holds) tenant.revoke(email, 'Tester', 'Leave');
    else if (what === 'gone') tenant.remove(email);
  }
}

async function checkNight(
  nights: TestNights,
  tenant: Tenant,
  before: People,
  batchSize: number,
): Promise<People> {
  const env = { ...LOOSE_GUARD, GUARD_MIN_COVERAGE_PERCENT: '0', BATCH_SIZE: String(batchSize) };
  const run = await nights.run({ env, seams: { random: () => 0 } });
  expect(run).toMatchObject({ status: 'published', error: null });
  await expectAccounted(nights, run, PEOPLE + 1);
  const unanswered = new Set((await readUnanswered(nights, run.runId)).map(({ entry }) => entry));
  expect(unanswered.size).toBe(run.answers.unanswered);
  const truth = readTruth(tenant);
  const expected: People = {};
  for (const entry of tenant.roster()) {
    const seen = unanswered.has(entry) ? before[entry] : truth[entry];
    if (seen !== undefined) expected[entry] = seen;
  }
  const shown = await readShown(nights);
  expect(shown).toEqual(expected);
  return shown;
}

function readTruth(tenant: Tenant): People {
  const { users, roleGrants } = tenant.truth();
  const grants = [...roleGrants];
  return Object.fromEntries(
    [...users].map(({ email, status }) => [
      email,
      describe(
        status,
        grants.filter((grant) => grant.email === email).map((grant) => grant.role_name),
      ),
    ]),
  );
}

async function readShown(nights: TestNights): Promise<People> {
  const rows = await nights.query<{ email: string; status: string; roles: string[] }>(
    `SELECT email, status, ARRAY (SELECT role_name FROM directory.role_grants g WHERE g.user_id = u.user_id) AS roles
       FROM directory.users u WHERE removed_at IS NULL`,
  );
  return Object.fromEntries(rows.map(({ email, status, roles }) => [email, describe(status, roles)]));
}

function describe(status: string | null, roles: readonly string[]): string {
  return `${status ?? 'unknown'}: ${roles.join()}`;
}
