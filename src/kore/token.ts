import { createPublicKey, randomUUID, webcrypto } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { CompactEncrypt, SignJWT } from 'jose';
import { SyncError } from '../core/errors.ts';

export interface TokenMintOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The platform's public key as JWK, where the account enforces JWE. */
  readonly jwePublicKey?: unknown;
}

/** Makes one token. Each is good for one HTTP attempt: with JTI enforcement a second use is refused as a replay. */
export type TokenMint = (now: Date) => Promise<string>;

/** Both ways: the clocks may differ by this much. Twice this is a token's life, well within the hour that JTI enforcement allows. */
const CLOCK_TOLERANCE_SECONDS = 5 * 60;

const JWE_ALGORITHMS: readonly string[] = ['RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'];
const JWE_ENCRYPTIONS: readonly string[] = ['A256GCM', 'A128GCM', 'A128CBC-HS256'];
const MIN_MODULUS_BITS = 2048;

/**
 * Checks the keys once and gives a function that signs tokens with them.
 *
 * A key that cannot work throws `CONFIG_INVALID` here, not in the night. Where the JWK names no `alg` or `enc`,
 * RSA-OAEP and A256GCM are used.
 */
export function createTokenMint({ clientId, clientSecret, jwePublicKey }: TokenMintOptions): TokenMint {
  // Once: of any other form of key jose makes this one anew for every token.
  let secret: Promise<webcrypto.CryptoKey> | undefined;
  const encrypt = jwePublicKey === undefined ? undefined : createEncrypter(jwePublicKey);
  return async (now) => {
    const nowSeconds = Math.floor(now.getTime() / 1000);
    const token = await new SignJWT({ appId: clientId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(clientId)
      .setIssuedAt(nowSeconds - CLOCK_TOLERANCE_SECONDS)
      .setExpirationTime(nowSeconds + CLOCK_TOLERANCE_SECONDS)
      .setJti(randomUUID())
      .sign(await (secret ??= importSecret(clientSecret)));
    return encrypt === undefined ? token : encrypt(token);
  };
}

function importSecret(clientSecret: string): Promise<webcrypto.CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return webcrypto.subtle.importKey('raw', new TextEncoder().encode(clientSecret), algorithm, false, [
    'sign',
  ]);
}

function createEncrypter(jwk: unknown): (token: string) => Promise<string> {
  if (!isJsonWebKey(jwk)) throw invalidKey('it is not a JSON object');
  const alg = readChoice(jwk['alg'], 'alg', JWE_ALGORITHMS);
  const enc = readChoice(jwk['enc'], 'enc', JWE_ENCRYPTIONS);
  const key = importRsaKey(jwk);
  const kid = jwk['kid'];
  const header = { alg, enc, typ: 'JWT', cty: 'JWT', ...(typeof kid === 'string' && { kid }) };
  return (token) =>
    new CompactEncrypt(new TextEncoder().encode(token)).setProtectedHeader(header).encrypt(key);
}

function importRsaKey(jwk: JsonWebKey): KeyObject {
  // A private key holds the public one, but whoever put it here gave away more than was needed.
  if (jwk.d !== undefined) throw invalidKey('it is a private key; the public one is needed');
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw invalidKey('it is not a well-formed RSA public key ("kty", "n", "e")');
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < MIN_MODULUS_BITS) {
    throw invalidKey(
      `it is ${key.asymmetricKeyType ?? 'unknown'} with ${bits} bits; RSA of ${MIN_MODULUS_BITS} or more is needed`,
    );
  }
  return key;
}

function readChoice(value: unknown, name: string, choices: readonly string[]): string {
  const choice = value ?? choices[0];
  if (typeof choice !== 'string' || !choices.includes(choice)) {
    throw invalidKey(`its "${name}" is not one of ${choices.join(', ')}`);
  }
  return choice;
}

function isJsonWebKey(value: unknown): value is JsonWebKey {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalidKey(fault: string): SyncError {
  return new SyncError(
    'CONFIG_INVALID',
    `KORE_JWE_PUBLIC_KEY: the key cannot be used to encrypt tokens: ${fault}. Expected the platform's RSA public key as JWK.`,
  );
}
