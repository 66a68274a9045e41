import { describe, expect, test } from 'vitest';
import { exitCodeOfRun } from '../../src/core/exit-code.ts';
import { readStaging, readUser, readViews } from '../support/directory.ts';
import { expectAllFired } from '../support/faults.ts';
import { beginStory, makeTenant, openStory, type Story } from '../support/story.ts';

const STATUSES = 'SELECT run_id, status FROM directory.runs ORDER BY run_id';

/** A night that must be held: nothing it saw is shown, and every reader sees the night before. */
async function expectHeld(
  { nights, tryNight }: Story,
  env: Record<string, string>,
): Promise<readonly string[]> {
  const before = await readViews(nights);
  const { run, changes } = await tryNight({ env });
  expect(run).toMatchObject({ status: 'held', error: null, publishedAt: null });
  expect(exitCodeOfRun({ status: run.status, unanswered: run.answers.unanswered })).toBe(3);
  expect(changes).toEqual([]);
  expect(await readViews(nights)).toEqual(before);
  // What is told is that it is held, and nothing of what it saw.
  expect(await nights.query('SELECT * FROM alerts WHERE event_id IS NULL')).toEqual([]);
  return run.reasons;
}

describe('a night is held', () => {
  test('when everybody is gone, however loose the limits', async () => {
    const story = await beginStory();
    for (const { email } of [...story.tenant.people]) story.tenant.remove(email);
    expect(await expectHeld(story, {})).toEqual([
      'all 5 users would be removed',
      'all 5 grants would be revoked',
    ]);
  });

  test('when too many are gone', async () => {
    const story = await beginStory();
    for (const name of ['ann', 'bob', 'cid', 'dee']) story.tenant.remove(`${name}@example.com`);
    expect(await expectHeld(story, { GUARD_MAX_REMOVED_PERCENT: '79.9' })).toEqual([
      '4 of 5 users (80.0%) would be removed, limit 79.9%',
    ]);
  });

  test('when everybody becomes an administrator', async () => {
    const story = await beginStory();
    for (const { email } of story.tenant.people) story.tenant.grant(email, 'Admin');
    const env = { GUARD_MAX_ADMIN_CHANGES: '4', GUARD_MAX_GRANTED_PERCENT: '99' };
    expect(await expectHeld(story, env)).toEqual([
      '5 of 5 grants (100.0%) would be granted, limit 99%',
      '5 changes to admin roles (5 granted, 0 revoked), limit 4',
    ]);
  });

  test('when too little is known', async () => {
    const story = await beginStory();
    story.nights.server.faults.add({ on: { entries: ['ann@example.com', 'bob@example.com'] }, does: 'omit' });
    expect(await expectHeld(story, { GUARD_MIN_COVERAGE_PERCENT: '61' })).toEqual([
      'only 3 of 5 entries (60.0%) were answered, at least 61% expected',
    ]);
    expect(await story.nights.query('SELECT * FROM unanswered_entries')).toEqual([]);
    expect(await readUser(story.nights, 'u-eve')).toMatchObject({ confirmed_by: '1' });
  });

  test('when answers that contradict each other leave too little known', async () => {
    const story = await beginStory();
    story.nights.server.faults.add({
      on: { entries: ['bob@example.com'] },
      does: { set: { 'userInfo.userId': 'u-ann', 'userInfo.lastName': 'Other' } },
    });
    expect(await expectHeld(story, { GUARD_MIN_COVERAGE_PERCENT: '80' })).toMatchObject([
      'only 3 of 5 entries (60.0%) were answered, at least 80% expected',
    ]);
    expectAllFired(story.nights.server);
  });

  test('and counts each answer once, though its batch was split on the way', async () => {
    const story = await beginStory();
    // Two are asked again one by one; one of the halves then contradicts the other.
    story.nights.server.faults.add({ on: { moreThan: 2 }, does: 'bad_request' });
    story.nights.server.faults.add({
      on: { entries: ['bob@example.com'] },
      does: { set: { 'userInfo.userId': 'u-ann', 'userInfo.lastName': 'Other' } },
    });
    const [reason] = await expectHeld(story, { GUARD_MIN_COVERAGE_PERCENT: '80' });
    expect(reason).toContain('3 of 5 entries (60.0%)');
  });
});

describe('a held night', () => {
  test('waits with its plan until a later one is published, which begins from the night before both', async () => {
    const story = await beginStory();
    const { tenant, nights, night } = story;
    tenant.grant('ann@example.com', 'Admin');
    await expectHeld(story, { GUARD_MAX_ADMIN_CHANGES: '0' });
    expect(await readStaging(nights)).toContain('planned_changes');

    tenant.setStatus('bob@example.com', 'Locked');
    expect(await night()).toMatchObject([
      { kind: 'role_granted', user_id: 'u-ann', scope: 'admin', role_name: 'Admin', since: '1' },
      { kind: 'status_changed', user_id: 'u-bob', since: '1' },
    ]);
    expect(await nights.query(STATUSES)).toEqual([
      { run_id: '1', status: 'published' },
      { run_id: '2', status: 'superseded' },
      { run_id: '3', status: 'published' },
    ]);
    expect(await readStaging(nights)).toEqual([]);
  });

  test('is superseded by one that is held as well, not by one that failed', async () => {
    const story = await beginStory();
    story.tenant.grant('ann@example.com', 'Admin');
    await expectHeld(story, { GUARD_MAX_ADMIN_CHANGES: '0' });

    story.nights.server.behaviour.scope = 'missing';
    expect((await story.tryNight()).run).toMatchObject({ status: 'failed' });
    expect(await story.nights.query(STATUSES)).toMatchObject([{}, { status: 'held' }, { status: 'failed' }]);

    story.nights.server.behaviour.scope = 'granted';
    await expectHeld(story, { GUARD_MAX_ADMIN_CHANGES: '0' });
    expect(await story.nights.query(STATUSES)).toMatchObject([
      { status: 'published' },
      { status: 'superseded' },
      { status: 'failed' },
      { status: 'held' },
    ]);
  });
});

describe('the first night', () => {
  test('may be partial, and those it missed are added when they are first seen', async () => {
    const { nights, tryNight } = await openStory();
    nights.server.faults.add({ on: { entries: ['ann@example.com'] }, does: 'omit' });
    const { run } = await tryNight();
    expect(run).toMatchObject({ status: 'published', baseline: true, coverage: 0.8, changes: 0 });
    expect(exitCodeOfRun({ status: run.status, unanswered: run.answers.unanswered })).toBe(4);
    expect((await readViews(nights)).users).toHaveLength(4);

    nights.server.faults.clear();
    // Not a grant that anybody can have made today: the guard counts it apart.
    const { changes } = await tryNight({
      env: { GUARD_MAX_GRANTED_PERCENT: '0', GUARD_MAX_ADMIN_CHANGES: '0' },
    });
    expect(changes).toMatchObject([
      { kind: 'user_added', since: null },
      { kind: 'role_granted', since: null },
    ]);
  });

  test('is held where it knows too little, and the next one is the first', async () => {
    const story = await openStory();
    const { nights, tryNight } = story;
    nights.server.faults.add({ on: { entries: ['ann@example.com', 'bob@example.com'] }, does: 'omit' });
    await expectHeld(story, { GUARD_MIN_COVERAGE_PERCENT: '90' });
    nights.server.faults.clear();
    expect((await tryNight()).run).toMatchObject({ status: 'published', baseline: true, changes: 0 });
    expect((await readViews(nights)).users).toHaveLength(5);
  });

  test('is held by nothing but its coverage: everybody in it is new', async () => {
    const tenant = makeTenant();
    for (const { email } of tenant.people) tenant.grant(email, 'Admin');
    const { tryNight } = await openStory(tenant);
    const { run } = await tryNight({ env: { GUARD_MAX_ADMIN_CHANGES: '0', GUARD_MAX_GRANTED_PERCENT: '0' } });
    expect(run).toMatchObject({ status: 'published', reasons: [] });
  });
});
