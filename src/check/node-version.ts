import { failed, ok, warning, type Finding } from '../core/finding.ts';

const REQUIREMENT = 'Node.js';

/** The first minor release of each line that the libraries accept; from 24 on any. */
const FIRST_MINOR: ReadonlyMap<number, number> = new Map([
  [20, 19],
  [22, 12],
]);
const FIRST_OF_ALL = 24;

/** @param version as in `process.version` */
export function checkNodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const remedy = 'Install Node.js 20.19 or newer: an even, supported release such as 24.';
  if (major < 20 || minor < (FIRST_MINOR.get(major) ?? 0)) {
    return failed(REQUIREMENT, `${version} is too old`, remedy);
  }
  if (major >= FIRST_OF_ALL || FIRST_MINOR.has(major)) return ok(REQUIREMENT, version);
  return warning(REQUIREMENT, `${version} is a release that the libraries are not made for`, remedy);
}
