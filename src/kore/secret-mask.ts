/** Shorter than this is no secret, and taking it out would tear replies apart. */
const MIN_SECRET_LENGTH = 8;

/** Makes what takes secrets out of a text (I8), in every form in which a server may write them. */
export function createSecretMask(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH).flatMap(formsOf);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) =>
    longestFirst.reduce(
      (rest, form) => (rest.includes(form) ? rest.replaceAll(form, '[masked]') : rest),
      text,
    );
}

/** As it is, as part of a JSON text in the ways of several languages, of an address, and in base64. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const withSlashes = [json, ascii].map((text) => text.replaceAll('/', '\\/'));
  const address = encodeURIComponent(bytes.toString());
  return [
    secret,
    json,
    ascii,
    ...withSlashes,
    address,
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
}
