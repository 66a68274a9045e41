import { hostname, userInfo } from 'node:os';
import type { Environment } from '../config/config.ts';

/** Who calls, for the record: the user behind `sudo` where there is one, and the machine. */
export function describeDecider(env: Environment): string {
  return `${env['SUDO_USER'] || userName()}@${hostname()}`;
}

/** A container may run under a number that no account has. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
