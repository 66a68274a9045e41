import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAlertingConfig } from '../../src/config/config.ts';
import { CHANGE_KINDS } from '../../src/core/change.ts';
import { SyncError } from '../../src/core/errors.ts';
import { RUN_EVENT_KINDS } from '../../src/core/run-event.ts';
import { readTree } from '../repo/tree.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SLACK = 'https://hooks.slack.com/services/T000/B000/verysecretpart';

async function parse(env: Readonly<Record<string, string>>, yaml?: string) {
  const folder = await makeTemporaryFolder();
  if (yaml !== undefined) await writeFile(path.join(folder, 'alerts.yaml'), yaml);
  const file: Record<string, string> = yaml === undefined ? {} : { ALERTS_FILE: 'alerts.yaml' };
  return parseAlertingConfig({ ...file, ...env }, { cwd: folder, isRoot: false });
}

async function faultsOf(env: Readonly<Record<string, string>>, yaml?: string): Promise<readonly string[]> {
  const error: unknown = await parse(env, yaml).catch((thrown: unknown) => thrown);
  if (!(error instanceof SyncError)) throw new Error('expected a fault');
  expect(error.code).toBe('CONFIG_INVALID');
  return error.faults;
}

describe('the quick channels', () => {
  test('are those that are set, and the log where none is', async () => {
    const { alerts } = await parse({});
    expect(alerts.channels).toEqual([{ name: 'log', kind: 'log' }]);
    expect(alerts.rules.map(({ channels }) => channels)).toEqual([['log'], ['log']]);

    const all = await parse({
      ALERT_SLACK_WEBHOOK_URL: SLACK,
      ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/in',
      ALERT_WEBHOOK_SECRET: SECRET,
      ALERT_EMAIL_TO: 'ops@example.com, cto@example.com',
      SMTP_URL: 'smtp://mail.example.com:587',
    });
    expect(all.alerts.channels.map(({ name }) => name)).toEqual(['slack', 'webhook', 'email', 'log']);
    expect(all.alerts.channels[2]).toMatchObject({
      to: ['ops@example.com', 'cto@example.com'],
      from: 'kore-sync@example.com',
    });
    expect(all.alerts.rules[0]?.channels).toEqual(['slack', 'webhook', 'email']);
  });

  test('have their secrets scrubbed from the log', async () => {
    const { secrets } = await parse({
      ALERT_SLACK_WEBHOOK_URL: SLACK,
      ALERT_EMAIL_TO: 'ops@example.com',
      SMTP_URL: 'smtps://kore%40example.com:long%20password@mail.example.com',
    });
    const revealed = secrets.map((secret) => secret.reveal());
    expect(revealed).toEqual(expect.arrayContaining([SLACK, 'long password']));
  });

  test.each([
    [
      { ALERT_SLACK_WEBHOOK_URL: 'http://hooks.slack.com/x' },
      /^ALERT_SLACK_WEBHOOK_URL is set \(not shown\)/,
    ],
    [{ ALERT_WEBHOOK_URL: 'https://siem.example.com' }, /^ALERT_WEBHOOK_SECRET is not set/],
    [
      { ALERT_WEBHOOK_URL: 'https://siem.example.com', ALERT_WEBHOOK_SECRET: 'whsec_c2hvcnQ=' },
      /^ALERT_WEBHOOK_SECRET is set \(not shown\)/,
    ],
    [{ ALERT_EMAIL_TO: 'ops@example.com' }, /^SMTP_URL is not set/],
    [{ ALERT_EMAIL_TO: 'Ops <ops@example.com>' }, /^ALERT_EMAIL_TO .*without names/],
    [{ SMTP_URL: 'smtp://u:100%@mail.example.com' }, /^SMTP_URL is set \(not shown\)/],
    [{ ALERTS_FILE: 'missing.yaml' }, /^ALERTS_FILE .*does not exist/],
  ])('%j is refused', async (env, fault) => {
    expect(await faultsOf(env)).toEqual([expect.stringMatching(fault)]);
  });
});

describe('a file of rules', () => {
  let example = '';

  beforeAll(async () => {
    example = /```yaml\n([^]*?)```/.exec(await readTree('docs/alerts.md'))?.[1] ?? '';
  });

  test('may be as the documentation has it', async () => {
    const folder = await makeTemporaryFolder();
    await writeFile(path.join(folder, 'url'), 'https://siem.example.com/in\n');
    await writeFile(path.join(folder, 'key'), `${SECRET}\n`);
    const { alerts } = await parse(
      { SECURITY_SLACK_URL: SLACK, SMTP_URL: 'smtp://mail.example.com' },
      example
        .replace('/run/secrets/siem-url', path.join(folder, 'url'))
        .replace('/run/secrets/siem-key', path.join(folder, 'key')),
    );
    expect(alerts.channels.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'log log',
      'security slack',
      'siem webhook',
      'auditors email',
    ]);
    expect(alerts.rules[0]).toEqual({
      name: 'admin-roles',
      severity: 'critical',
      channels: ['security', 'siem'],
      events: [],
      changes: ['role_granted', 'role_revoked'],
      scope: 'admin',
      source: null,
      roles: null,
      bots: null,
      groups: null,
      users: null,
    });
    expect(alerts.rules[2]).toMatchObject({ changes: CHANGE_KINDS, users: ['*@contractor.example.com'] });
    expect(alerts.rules[3]?.events).toEqual(RUN_EVENT_KINDS);
  });

  test('has every fault of its shape reported at once, each with its line', async () => {
    const yaml = `channels:
  a:
    kind: pager
  b:
    kind: slack
    url_env: ${SLACK}
rules:
  - name: one
    changes: [role_given]
    channels: log
    colour: red
  - name: "two words"
    scope: bott
    changes: all
    roles: [7]
    channels: []
`;
    const faults = await faultsOf({}, yaml);
    expect(faults.map((fault) => fault.replace(/; .*|expected .*/, ''))).toEqual([
      'ALERTS_FILE, line 3: channels.a.kind: ',
      'ALERTS_FILE, line 6: channels.b.url_env: ',
      'ALERTS_FILE, line 9: rules[1].changes[1]: ',
      'ALERTS_FILE, line 11: rules[1].colour is not known here',
      'ALERTS_FILE, line 12: rules[2].name: ',
      'ALERTS_FILE, line 13: rules[2].scope: ',
      'ALERTS_FILE, line 15: rules[2].roles[1]: ',
      'ALERTS_FILE, line 16: rules[2].channels: ',
    ]);
    expect(faults.join('\n')).not.toContain('verysecretpart');
  });

  test.each([
    ['rules: [', /line 1: not valid YAML/],
    ['', /line 1: rules: expected a list of rules/],
    ['rules: []', /line 1: rules: expected one rule at least/],
    ['rules:\n  - {name: a, channels: log}', /line 2: a: it matches nothing/],
    ['rules:\n  - {name: a, channels: log, events: all, scope: bot}', /line 2: a: scope is about changes/],
    [
      'rules:\n  - {name: a, channels: log, events: all}\n  - {name: a, channels: log, events: all}',
      /line 3: a: another rule has this name/,
    ],
    [
      'rules:\n  - name: a\n    events: all\n    channels: slack',
      /line 4: a: there is no channel slack; .*ALERT_SLACK_WEBHOOK_URL/,
    ],
    [
      'channels:\n  log: {kind: slack, url_env: X}\nrules:\n  - {name: a, channels: log, events: all}',
      /line 2: log: a channel of this name is there already/,
    ],
    [
      'channels:\n  x: {kind: slack, url_env: NOT_SET}\nrules:\n  - {name: a, channels: x, events: all}',
      /line 2: x: the variable NOT_SET is not set/,
    ],
    [
      'channels:\n  x: {kind: slack}\nrules:\n  - {name: a, channels: x, events: all}',
      /line 2: x: expected its address by either url_env or url_file/,
    ],
    ['a: &a [x,x]\nb: &b [*a,*a]\nrules: []', /is not known here/],
  ])('%j is refused', async (yaml, fault) => {
    expect((await faultsOf({}, yaml)).join('\n')).toMatch(fault);
  });
});
