import { expect, test } from 'vitest';
import { describeVerification } from '../../src/report/verification.ts';
import type { Verification } from '../../src/store/verify/verify.ts';

const VERIFIED: Verification = {
  difference: null,
  checks: [{ name: 'grants', counts: 'grants and revocations', checked: 1_234 }],
  chain: { head: { runId: '12', link: 'ab'.repeat(32) }, runs: 11, unlinked: [], erased: 0 },
};

test('what agrees is counted, with the head of the chain', () => {
  expect(describeVerification(VERIFIED)).toMatch(
    /^Verified: .*\n {2}chain {4}11 runs, head (ab){32} \(run 12\)\n[^]*grants.*1,234.*grants and revocations/,
  );
  expect(describeVerification(VERIFIED)).not.toMatch(/unlinked|erased/);
});

test('what is not in the chain any more, or not yet, is said', () => {
  const chain = { ...VERIFIED.chain, head: null, unlinked: ['3', '4'], erased: 2 };
  const text = describeVerification({ ...VERIFIED, chain });
  expect(text).toMatch(/runs 3, 4, .* older version/);
  expect(text).toMatch(/2 digests have no content any more/);
});

test('a difference says where, without driving the terminal', () => {
  const difference = {
    check: 'grants',
    table: 'role_grants',
    runId: '7',
    userId: 'u-\u001b[31m',
    detail: 'differs',
  };
  expect(describeVerification({ ...VERIFIED, difference })).toMatch(
    /^Not verified\. The first difference: table role_grants, run 7, user u-\\u\{1b\}\[31m: differs \(check: grants\)/,
  );
});
