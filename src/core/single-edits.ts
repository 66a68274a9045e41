/** What occurs in addresses; anything rarer is found by its neighbours. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789.-_@+';

/**
 * Every text that one slip of the fingers makes of `text`: a character left out, two swapped, one wrong, one too
 * many. Looked up by an index, they find a misspelt address at a cost that does not depend on how many there are.
 */
export function listSingleEdits(text: string): string[] {
  const characters = Array.from(text);
  const edits = new Set<string>();
  for (let at = 0; at <= characters.length; at += 1) {
    const head = characters.slice(0, at).join('');
    const [first, second = '', ...rest] = characters.slice(at);
    for (const letter of ALPHABET) edits.add(head + letter + characters.slice(at).join(''));
    if (first === undefined) continue;
    const tail = second + rest.join('');
    edits.add(head + tail);
    edits.add(head + second + first + rest.join(''));
    for (const letter of ALPHABET) edits.add(head + letter + tail);
  }
  edits.delete(text);
  return [...edits];
}
