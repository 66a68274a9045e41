import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Reply } from './call.ts';
import { writeReply } from './canned-replies.ts';

export interface TokenRules {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Claims = Readonly<Record<string, unknown>>;

const TOLERANCE_SECONDS = 5;
const LONGEST_LIFE_SECONDS = 3600;

/**
 * Checks the header `auth` as the platform's pages describe it: HS256, the client id under `appId`.
 *
 * By hand: a library that verifies in another thread made this a quarter of what a call costs the tenant, and it is
 * not what a benchmark beside it should measure.
 */
export class TokenCheck {
  readonly #rules: TokenRules;
  readonly #key: KeyObject;
  /** Token ids seen, with the second from which `exp` refuses them anyway. */
  readonly #seen = new Map<string, number>();

  constructor(rules: TokenRules) {
    this.#rules = rules;
    this.#key = createSecretKey(Buffer.from(rules.clientSecret));
  }

  /** Null where the token is good. With `enforceJti` a token is good once. */
  check(token: string | undefined, enforceJti: boolean): Reply | null {
    const nowSeconds = this.#rules.now() / 1000;
    const claims = readClaims(token ?? '', this.#key);
    if (claims === null || !isCurrent(claims, nowSeconds) || claims['appId'] !== this.#rules.clientId) {
      return writeReply('invalid_credentials');
    }
    return enforceJti ? this.#checkTokenId(claims, nowSeconds) : null;
  }

  #checkTokenId({ jti, exp }: Claims, nowSeconds: number): Reply | null {
    if (typeof jti !== 'string') return writeReply('invalid_credentials');
    if (typeof exp !== 'number' || exp > nowSeconds + LONGEST_LIFE_SECONDS + TOLERANCE_SECONDS) {
      return writeReply('overlong_token');
    }
    if (this.#seen.has(jti)) return writeReply('replayed_token');
    this.#forgetExpired(nowSeconds);
    this.#seen.set(jti, exp + TOLERANCE_SECONDS);
    return null;
  }

  /** Tokens come in about the order in which they expire, so the oldest tell when to stop. */
  #forgetExpired(nowSeconds: number): void {
    for (const [jti, until] of this.#seen) {
      if (until >= nowSeconds) return;
      this.#seen.delete(jti);
    }
  }
}

/** Null where the token is none, or the key did not sign it. */
function readClaims(token: string, key: KeyObject): Claims | null {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  const signed = createHmac('sha256', key).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (more.length > 0 || given.length !== signed.length || !timingSafeEqual(given, signed)) return null;
  const { alg, crit } = parseObject(header) ?? {};
  return alg === 'HS256' && crit === undefined ? parseObject(payload) : null;
}

/** As far as a token says when it is good: it need not. */
function isCurrent({ exp = Infinity, nbf = -Infinity, iat = 0 }: Claims, nowSeconds: number): boolean {
  if (typeof exp !== 'number' || typeof nbf !== 'number' || typeof iat !== 'number') return false;
  return exp > nowSeconds - TOLERANCE_SECONDS && nbf <= nowSeconds + TOLERANCE_SECONDS;
}

function parseObject(encoded: string): Claims | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : null;
  } catch {
    return null;
  }
}
