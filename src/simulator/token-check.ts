import { createSecretKey, type KeyObject } from 'node:crypto';
import { jwtVerify, type JWTPayload } from 'jose';
import type { Reply } from './call.ts';
import { writeReply } from './canned-replies.ts';

export interface TokenRules {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const TOLERANCE_SECONDS = 5;
const LONGEST_LIFE_SECONDS = 3600;

/** Checks the header `auth` as the platform's pages describe it: HS256, the client id under `appId`. */
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
  async check(token: string | undefined, enforceJti: boolean): Promise<Reply | null> {
    const now = this.#rules.now();
    const claims = await this.#verify(token, now);
    if (claims === null || claims['appId'] !== this.#rules.clientId) return writeReply('invalid_credentials');
    return enforceJti ? this.#checkTokenId(claims, now / 1000) : null;
  }

  async #verify(token: string | undefined, now: number): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token ?? '', this.#key, {
        algorithms: ['HS256'],
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: new Date(now),
      });
      return payload;
    } catch {
      return null;
    }
  }

  #checkTokenId({ jti, exp }: JWTPayload, nowSeconds: number): Reply | null {
    if (jti === undefined) return writeReply('invalid_credentials');
    if (exp === undefined || exp > nowSeconds + LONGEST_LIFE_SECONDS + TOLERANCE_SECONDS) {
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
