import { distance } from 'fastest-levenshtein';
import { printable } from '../core/printable.ts';

const MOST = 3;

/** The words nearest to one that is unknown, nearest first; none that is too far to have been meant. */
export function findNear(unknown: string, words: readonly string[]): string[] {
  const wanted = unknown.toLowerCase();
  const farthest = Math.max(2, Math.floor(wanted.length / 5));
  const ranked = words.map((word) => {
    const candidate = word.toLowerCase();
    const isPart = wanted.length > 2 && (candidate.includes(wanted) || wanted.includes(candidate));
    const slips = distance(wanted, candidate);
    return { word, far: isPart ? Math.min(1, slips) : slips };
  });
  return ranked
    .filter(({ far, word }) => far <= farthest && word !== '')
    .sort((a, b) => a.far - b.far || (a.word < b.word ? -1 : 1))
    .slice(0, MOST)
    .map(({ word }) => word);
}

/** One line: what is unknown, and what may have been meant. */
export function describeUnknown(sentence: string, near: readonly string[]): string {
  if (near.length === 0) return sentence;
  return `${sentence} Did you mean ${near.map((word) => `'${printable(word)}'`).join(' or ')}?`;
}
