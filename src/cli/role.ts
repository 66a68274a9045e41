import { printable } from '../core/printable.ts';
import { loadBots, loadBotWords, loadRoles, loadRoleWords, type RoleRef } from '../store/reading/roles.ts';
import { printLine } from './output.ts';
import type { Reading } from './reading.ts';
import { describeUnknown, findNear } from './suggestion.ts';

/** Undefined where there is none: that has then been said, with what may have been meant. */
export async function findRoles(reading: Reading, text: string): Promise<readonly RoleRef[] | undefined> {
  const roles = await loadRoles(reading.snapshot, text);
  if (roles.length > 0) return roles;
  sayUnknown(reading, 'role', text, await loadRoleWords(reading.snapshot));
  return undefined;
}

/** Bot ids. Undefined where there is none: that has then been said, with what may have been meant. */
export async function findBots(reading: Reading, text: string): Promise<readonly string[] | undefined> {
  const bots = await loadBots(reading.snapshot, text);
  if (bots.length > 0) return bots;
  sayUnknown(reading, 'bot', text, await loadBotWords(reading.snapshot));
  return undefined;
}

function sayUnknown({ terminal }: Reading, what: string, text: string, words: readonly string[]): void {
  const sentence = `There is and was no ${what} with the name or id '${printable(text)}'.`;
  printLine(terminal.stderr, describeUnknown(sentence, findNear(text, words)));
}
