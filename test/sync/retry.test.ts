import { describe, expect, test } from 'vitest';
import { exitCodeOfRun } from '../../src/core/exit-code.ts';
import type { RunSummary } from '../../src/store/runs.ts';
import { startRetry } from '../../src/sync/retry-run.ts';
import { startRun } from '../../src/sync/start-run.ts';
import { readChanges, readStaging, readUser, readViews, type ChangeRow } from '../support/directory.ts';
import { retryNight, type NightOptions } from '../support/night.ts';
import { beginStory, makeTenant, openStory, type Story } from '../support/story.ts';

/** A retry in the foreground, and the changes it published. */
async function retry(
  { nights }: Story,
  parentId: string,
  options?: NightOptions,
): Promise<{ run: RunSummary; changes: ChangeRow[] }> {
  const run = await retryNight(nights, parentId, options);
  return { run, changes: await readChanges(nights, run.runId) };
}

function silence({ nights }: Story, ...names: string[]): void {
  nights.server.faults.clear();
  if (names.length === 0) return;
  nights.server.faults.add({ on: { entries: names.map((name) => `${name}@example.com`) }, does: 'omit' });
}

/** A baseline, and a second night (run 2) in which ann and bob stay silent. */
async function beginPartial(): Promise<Story> {
  const story = await beginStory();
  silence(story, 'ann', 'bob');
  story.tenant.setStatus('ann@example.com', 'Suspended');
  expect((await story.tryNight()).run).toMatchObject({ status: 'published', answers: { unanswered: 2 } });
  return story;
}

describe('a retry', () => {
  test('asks about just those who stayed unanswered, and confirms nobody else', async () => {
    const story = await beginPartial();
    const { nights, tenant } = story;
    tenant.setStatus('cid@example.com', 'Locked');
    silence(story, 'bob');
    const freshness = await nights.query('SELECT run_id, as_of, coverage FROM directory.freshness');
    const calls = nights.server.calls.total;

    const { run, changes } = await retry(story, '2');
    expect(run).toMatchObject({
      runId: '3',
      parentId: '2',
      status: 'published',
      roster: { entries: 2 },
      answers: { found: 1, absent: 0, unanswered: 1 },
    });
    expect(exitCodeOfRun({ status: run.status, unanswered: run.answers.unanswered })).toBe(4);
    expect(nights.server.calls.total - calls).toBe(1);
    expect(changes).toMatchObject([{ kind: 'status_changed', user_id: 'u-ann', since: '1' }]);
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '3', in_roster: true });
    expect(await readUser(nights, 'u-bob')).toMatchObject({ confirmed_by: '1', in_roster: true });
    expect(await readUser(nights, 'u-cid')).toMatchObject({ confirmed_by: '2', status: 'active' });
    expect(await nights.query('SELECT run_id, as_of, coverage FROM directory.freshness')).toEqual(freshness);
    expect(await nights.query('SELECT trigger, scope FROM directory.runs WHERE run_id = 3')).toEqual([
      { trigger: 'manual', scope: 'retry' },
    ]);
    expect(await readStaging(nights)).toEqual([]);

    // What the retry left can be asked about again, of the retry.
    silence(story);
    const second = await retry(story, '3');
    expect(second.run).toMatchObject({ status: 'published', answers: { found: 1, unanswered: 0 } });
    expect(await readUser(nights, 'u-bob')).toMatchObject({ confirmed_by: '4' });
    await expect(retry(story, '4')).rejects.toMatchObject({
      message: expect.stringContaining('nothing unanswered') as unknown,
    });
  });

  test('is what the next night dates by, for those whom it confirmed and for nobody else', async () => {
    const story = await beginPartial();
    const { nights, tenant, night } = story;
    silence(story, 'bob');
    await retry(story, '2');
    silence(story);
    for (const { email } of tenant.people) tenant.setStatus(email, 'Locked');
    expect(await night()).toMatchObject([
      { user_id: 'u-ann', before: 'Suspended', since: '3' },
      { user_id: 'u-bob', since: '1' },
      { user_id: 'u-cid', since: '2' },
      { user_id: 'u-dee', since: '2' },
      { user_id: 'u-eve', since: '2' },
    ]);
    expect(await nights.query('SELECT * FROM unconfirmed WHERE valid_to IS NULL')).toEqual([]);
  });

  test('leaves those whom it confirmed confirmed by it, while they are silent again', async () => {
    const story = await beginPartial();
    const { nights, tenant, tryNight, night } = story;
    silence(story);
    await retry(story, '2');
    silence(story, 'ann', 'cid');
    await tryNight();
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '3' });
    expect(await readUser(nights, 'u-cid')).toMatchObject({ confirmed_by: '2' });
    silence(story);
    tenant.setStatus('ann@example.com', 'Locked');
    tenant.setStatus('cid@example.com', 'Locked');
    expect(await night()).toMatchObject([
      { user_id: 'u-ann', since: '3' },
      { user_id: 'u-cid', since: '2' },
    ]);
  });

  test('adds whom nobody had seen, removes who is said not to exist, and the next night goes on from there', async () => {
    const tenant = makeTenant();
    const story = await beginStory(tenant);
    const { nights, night, tryNight } = story;
    tenant.addPerson({ email: 'new@example.com', userId: 'u-new' });
    silence(story, 'new', 'ann');
    await tryNight();
    silence(story);
    tenant.remove('ann@example.com');
    const { changes } = await retry(story, '2');
    expect(changes).toMatchObject([
      { kind: 'user_removed', user_id: 'u-ann', since: '1' },
      { kind: 'role_revoked', user_id: 'u-ann', since: '1' },
      { kind: 'user_added', user_id: 'u-new', since: null },
    ]);
    expect(await readUser(nights, 'u-new')).toMatchObject({ confirmed_by: '3', in_roster: true });
    expect(await readUser(nights, 'u-ann')).toMatchObject({ confirmed_by: '3', in_roster: true });
    tenant.setStatus('new@example.com', 'Locked');
    const [ann] = tenant.departed;
    if (ann !== undefined) tenant.restore(ann);
    expect(await night()).toMatchObject([
      { kind: 'user_restored', user_id: 'u-ann', since: '3' },
      { kind: 'role_granted', user_id: 'u-ann', since: '3' },
      { kind: 'status_changed', user_id: 'u-new', since: '3' },
    ]);
    expect(await night()).toEqual([]);
  });

  test('takes one of two addresses from a user whose other one it did not ask about, and nothing more', async () => {
    // I1
    const tenant = makeTenant();
    tenant.addPerson({ email: 'a.doe@example.com', userId: 'u-other', firstName: 'ann', lastName: 'Doe' });
    tenant.grant('a.doe@example.com', 'Tester', 'Leave');
    const story = await openStory(tenant);
    const { nights, night, tryNight } = story;
    const shared = { on: { entries: ['a.doe@example.com'] }, does: { set: { 'userInfo.userId': 'u-ann' } } };
    nights.server.faults.add(shared);
    expect(await night()).toEqual([]);
    silence(story, 'ann');
    nights.server.faults.add(shared);
    await tryNight();
    const before = await readUser(nights, 'u-ann');
    silence(story);
    tenant.remove('ann@example.com');
    const { run, changes } = await retry(story, '2');
    expect(run.answers).toEqual({ found: 0, absent: 1, unanswered: 0 });
    expect(changes).toEqual([]);
    expect(await readUser(nights, 'u-ann')).toEqual(before);
    nights.server.faults.add(shared);
    expect(await night()).toEqual([]);
  });

  test('is judged against everybody the night asked about', async () => {
    const story = await beginPartial();
    // Neither of two is answered: three of five are, as the night had it.
    const { run } = await retry(story, '2', { env: { GUARD_MIN_COVERAGE_PERCENT: '60' } });
    expect(run).toMatchObject({ status: 'published', answers: { unanswered: 2 }, coverage: 0 });
    silence(story);
    for (const name of ['ann', 'bob']) story.tenant.remove(`${name}@example.com`);
    const env = { GUARD_MAX_REVOKED_PERCENT: '30', GUARD_MAX_REMOVED_PERCENT: '30' };
    // Two of five are no more than three, which is the floor.
    expect((await retry(story, '3', { env })).run).toMatchObject({ status: 'published', changes: 4 });
  });
});

describe('a retry is refused', () => {
  test('of a run that is not the latest published one, of none at all, and of one that lacks nothing', async () => {
    const story = await beginPartial();
    const refused = async (id: string, code: string, words: string) => {
      await expect(retry(story, id)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(words) as unknown,
      });
    };
    await refused('1', 'RUN_NOT_RETRIABLE', 'the latest published run is 2');
    await refused('9', 'RUN_NOT_FOUND', 'no run 9');
    silence(story);
    await story.night();
    await refused('3', 'RUN_NOT_RETRIABLE', 'nothing unanswered');
  });

  test('while another run is open, or a later one waits for a decision', async () => {
    const story = await beginPartial();
    const { nights, tryNight, tenant } = story;
    tenant.grant('cid@example.com', 'Admin');
    expect((await tryNight({ env: { GUARD_MAX_ADMIN_CHANGES: '0' } })).run.status).toBe('held');
    await expect(retry(story, '2')).rejects.toMatchObject({
      code: 'RUN_NOT_RETRIABLE',
      message: expect.stringContaining('run 3 has asked since, and is held') as unknown,
    });
    const app = await nights.open();
    await startRun(app.context, { ...app.request, key: 'manual-1', trigger: 'manual', dryRun: false });
    await expect(retry(story, '2')).rejects.toMatchObject({ code: 'RUN_OPEN' });
  });
});

describe('an open retry', () => {
  test('is joined by another of the same run, and finished by a night, which comes after it', async () => {
    const story = await beginPartial();
    const { nights, tryNight } = story;
    silence(story);
    const app = await nights.open();
    const { account, batchSize } = app.request;
    const request = { key: 'manual-1', account, batchSize, parentId: '2' };
    const opened = await startRetry(app.context, request);
    const joined = await startRetry(app.context, { ...request, key: 'manual-2' });
    expect(joined).toEqual({ ...opened, openedHere: false });
    await app.close();
    expect((await tryNight()).run).toMatchObject({ runId: '4', status: 'published', parentId: null });
    expect(
      await nights.query('SELECT run_id, scope, status FROM directory.runs ORDER BY run_id'),
    ).toMatchObject([{}, {}, { scope: 'retry', status: 'published' }, { scope: 'all', status: 'published' }]);
    expect((await readViews(nights)).users).toHaveLength(5);
  });
});
