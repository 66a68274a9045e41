import { Secret } from '../core/secret.ts';

/** A shorter password is an ordinary word (`kore`, `secret`): to scrub it would spoil the log and hide nothing. */
const MIN_PASSWORD_LENGTH = 8;

/** The password of a connection string, as written there and as a driver sends it. */
export function passwordsOf(url: Secret): Secret[] {
  const { password } = new URL(url.reveal());
  return [...new Set([password, decodeText(password)])]
    .filter((text) => text.length >= MIN_PASSWORD_LENGTH)
    .map((text) => new Secret(text));
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A single % that encodes nothing: the text stands for itself.
    return text;
  }
}
