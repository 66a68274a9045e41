import { describe, expect, test } from 'vitest';
import { createLogChannel } from '../../src/alerts/log.ts';
import { toAlertLog } from '../../src/app.ts';
import { SEVERITIES } from '../../src/core/alert-rule.ts';
import { createLogger } from '../../src/observe/log.ts';
import { alertFacts, alertItem, FORGED } from '../support/alert-facts.ts';

async function logOf(level: 'silent' | 'fatal', ...facts: ReturnType<typeof alertFacts>[]) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const send = createLogChannel(toAlertLog(createLogger({ level, secrets: [], destination })));
  for (const each of facts) expect(await send(each)).toEqual({ ok: true, receipt: null });
  return lines.map((line): unknown => JSON.parse(line));
}

describe('the log', () => {
  test.each(['fatal', 'silent'] as const)('prints an alert when LOG_LEVEL is %s', async (level) => {
    const lines = await logOf(
      level,
      ...SEVERITIES.map((severity) => alertFacts([alertItem()], { severity })),
    );
    expect(lines).toMatchObject(['info', 'warn', 'error'].map((logged) => ({ level: logged })));
    expect(lines[0]).toMatchObject({
      runId: '7',
      idempotencyKey: alertFacts().key,
      changes: [
        'a***@example.com (u-ann): granted Master Admin on the account, directly; last different 2026-11-20 02:00 UTC',
      ],
      msg: '[run 7] alert role-changes: 1 role change (run 7). Look closer: SELECT * FROM directory.role_changes WHERE run_id = 7;',
    });
  });

  test('says what befell a night', async () => {
    const event = { kind: 'not_started', detail: 'due since 02:00' } as const;
    const [line] = await logOf('silent', alertFacts([], { event, run: null, rule: 'nights' }));
    expect(line).toHaveProperty('event', 'not_started');
    expect(JSON.stringify(line)).toContain('Night did not start. due since 02:00 It was due');
  });

  test('is one line whatever the names', async () => {
    const items = Object.values(FORGED).map((name) => alertItem({ email: name, roleName: name }));
    expect(await logOf('silent', alertFacts(items))).toHaveLength(1);
  });
});
