import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { Fault } from '../../src/simulator/fault.ts';

/** Every fault that has a name. The compiler knows when one is missing. */
const NAMED: Readonly<Record<Extract<Fault['does'], string>, true>> = {
  invalid_credentials: true,
  invalid_token: true,
  missing_scope: true,
  overlong_token: true,
  replayed_token: true,
  expired_token: true,
  undecryptable_token: true,
  echoed_token: true,
  bad_request: true,
  forbidden: true,
  not_found: true,
  method_not_allowed: true,
  invalid_arguments: true,
  too_large: true,
  rate_limited: true,
  server_error: true,
  bad_gateway: true,
  unavailable: true,
  redirect: true,
  not_json: true,
  empty_body: true,
  encrypted: true,
  reset: true,
  reset_after_headers: true,
  hang: true,
  hang_after_headers: true,
  truncate: true,
  wrong_content_type: true,
  omit: true,
  duplicate: true,
  swap_case: true,
  reorder: true,
  add_stranger: true,
};

it("the README's table of faults has every named one", async () => {
  const readme = await readFile(new URL('../../src/simulator/README.md', import.meta.url), 'utf8');
  const inTable = readme
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .join('\n');
  const missing = Object.keys(NAMED).filter((name) => !inTable.includes(`\`'${name}'\``));
  expect(missing).toEqual([]);
});
