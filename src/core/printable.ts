/**
 * Text from the directory is data: names come from people. Control characters could drive the terminal, and
 * bidirectional ones could reorder what stands beside them; each is shown as `\u{…}` instead.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    return `\\u{${codePoint.toString(16)}}`;
  });
}
