import type { AlertFacts, AlertItem } from '../../src/core/alert-facts.ts';

const ITEM: AlertItem = {
  changeId: '1',
  kind: 'role_granted',
  notBefore: '2026-11-20T02:00:00.000Z',
  userId: 'u-ann',
  email: 'ann@example.com',
  scope: 'admin',
  roleId: 'r-1',
  roleName: 'Master Admin',
  botId: null,
  botName: null,
  groupId: null,
  groupName: null,
  taskKind: null,
  taskId: null,
  before: null,
  after: { direct: true, via_groups: [] },
  ofPerson: 1,
};

/** A grant of an admin role to Ann, but for what is given. */
export function alertItem(differences: Partial<AlertItem> = {}): AlertItem {
  return { ...ITEM, ...differences };
}

/** An alert of run 7 about these items and nothing else, but for what is given. */
export function alertFacts(
  items: readonly AlertItem[] = [ITEM],
  differences: Partial<AlertFacts> = {},
): AlertFacts {
  const kinds = items.map(({ kind }) => kind);
  return {
    key: '11111111-2222-4333-8444-555555555555',
    rule: 'role-changes',
    severity: 'warning',
    createdAt: '2026-11-21T02:05:01.000Z',
    account: 'https://platform.kore.ai',
    run: { id: '7', key: 'nightly-20261121T020000Z', asOf: '2026-11-21T02:05:00.000Z', head: null },
    event: null,
    counts: {
      total: items.length,
      byKind: Object.fromEntries(kinds.map((kind) => [kind, kinds.filter((each) => each === kind).length])),
      firstSeen: { changes: 0, people: 0, adminGrants: 0 },
    },
    items,
    isSample: false,
    ...differences,
  };
}

/** Names that somebody chose to be taken for something else. */
export const FORGED = {
  mention: '<!channel> @here <@U012AB3CD>',
  link: '<https://evil.example.com|Approve here>',
  bold: '*bold* _it_ ~gone~ `code`',
  header: 'Ann\r\nBcc: everybody@example.com\r\n\r\nHello',
  reversed: 'admin\u202Egnp.exe',
  script: '<script>alert(1)</script><img src=x onerror=alert(1)>',
} as const;
