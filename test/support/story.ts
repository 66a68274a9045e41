import { expect } from 'vitest';
import { Tenant } from '../../src/simulator/tenant.ts';
import type { RunSummary } from '../../src/store/runs.ts';
import { LOOSE_GUARD, readChanges, type ChangeRow } from './directory.ts';
import { startNights, type NightOptions, type TestNights } from './night.ts';

/** How a night ended, and the changes it published. */
export interface Night {
  readonly run: RunSummary;
  readonly changes: readonly ChangeRow[];
}

/** A tenant and its nights. The guard holds nothing unless a night is told otherwise. */
export interface Story {
  readonly tenant: Tenant;
  readonly nights: TestNights;
  readonly tryNight: (options?: NightOptions & { readonly dryRun?: boolean }) => Promise<Night>;
  /** A night that must be published. */
  readonly night: (options?: NightOptions) => Promise<Night['changes']>;
}

/** Five people named so that ids tell who is who, each with one role on one bot. */
export function makeTenant(
  edition: Tenant['edition'] = 'xo',
  names = ['ann', 'bob', 'cid', 'dee', 'eve'],
): Tenant {
  const tenant = new Tenant({ edition });
  for (const name of names) {
    tenant.addPerson({ email: `${name}@example.com`, userId: `u-${name}`, firstName: name, lastName: 'Doe' });
    tenant.grant(`${name}@example.com`, 'Tester', 'Leave');
  }
  return tenant;
}

/** Opens the story; no night has been run. */
export async function openStory(tenant = makeTenant()): Promise<Story> {
  const nights = await startNights(tenant);
  const tryNight = async ({ env = {}, ...options }: NightOptions & { dryRun?: boolean } = {}) => {
    const run = await nights.run({ ...options, env: { ...LOOSE_GUARD, ...env } });
    return { run, changes: await readChanges(nights, run.runId) };
  };
  const night = async (options?: NightOptions) => {
    const { run, changes } = await tryNight(options);
    expect(run).toMatchObject({ status: 'published', error: null });
    expect(run.changes).toBe(changes.length);
    return changes;
  };
  return { tenant, nights, tryNight, night };
}

/** Opens the story and runs its first night, the baseline. */
export async function beginStory(tenant = makeTenant()): Promise<Story> {
  const story = await openStory(tenant);
  expect(await story.night()).toEqual([]);
  return story;
}
