import { generateKeyPairSync } from 'node:crypto';
import { compactDecrypt, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { createTokenMint } from '../../src/kore/token.ts';

const NOW = new Date('2026-03-01T02:00:00Z');
const CREDENTIALS = { clientId: 'cs-1', clientSecret: 'the-secret-of-the-app' };
const KEY = new TextEncoder().encode(CREDENTIALS.clientSecret);
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const JWK = { ...RSA.publicKey.export({ format: 'jwk' }), kid: 'platform-1' };

describe('a token', () => {
  test('is signed with HS256 by the client secret and names the app', async () => {
    const { payload, protectedHeader } = await verify(await createTokenMint(CREDENTIALS)(NOW), NOW);
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(payload).toMatchObject({ appId: 'cs-1', sub: 'cs-1' });
  });

  test('lives well below the hour that JTI enforcement allows', async () => {
    const { payload } = await verify(await createTokenMint(CREDENTIALS)(NOW), NOW);
    const { iat = 0, exp = 0 } = payload;
    expect(exp - iat).toBeLessThanOrEqual(3_600);
    expect(exp).toBeGreaterThan(NOW.getTime() / 1_000);
  });

  test.each([-290, 290])('holds where the server is %i seconds off', async (offSeconds) => {
    const token = await createTokenMint(CREDENTIALS)(NOW);
    const theirs = new Date(NOW.getTime() + offSeconds * 1_000);
    // `maxTokenAge` makes jose refuse an `iat` in the future, as strict servers do.
    await expect(verify(token, theirs, { maxTokenAge: '1h' })).resolves.toBeDefined();
  });

  test('is a new one every time', async () => {
    const mint = createTokenMint(CREDENTIALS);
    const tokens = await Promise.all(Array.from({ length: 50 }, async () => verify(await mint(NOW), NOW)));
    expect(new Set(tokens.map(({ payload }) => payload.jti)).size).toBe(50);
  });
});

describe("with the platform's public key", () => {
  test('the token is encrypted for it and holds the signed one', async () => {
    const token = await createTokenMint({ ...CREDENTIALS, jwePublicKey: JWK })(NOW);
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'RSA-OAEP',
      enc: 'A256GCM',
      kid: 'platform-1',
      typ: 'JWT',
      cty: 'JWT',
    });
    const { plaintext } = await compactDecrypt(token, RSA.privateKey);
    const { payload } = await verify(new TextDecoder().decode(plaintext), NOW);
    expect(payload['appId']).toBe('cs-1');
  });

  test.each(['A128GCM', 'A256GCM', 'A128CBC-HS256'])(
    'the content is encrypted as it asks: %s',
    async (enc) => {
      const token = await createTokenMint({ ...CREDENTIALS, jwePublicKey: { ...JWK, enc } })(NOW);
      expect(decodeProtectedHeader(token)['enc']).toBe(enc);
      await expect(compactDecrypt(token, RSA.privateKey)).resolves.toBeDefined();
    },
  );

  test.each<[string, unknown]>([
    ['a text', 'key'],
    ['a list', [JWK]],
    ['no key at all', {}],
    ['an algorithm that jose does not offer', { ...JWK, alg: 'RSA1_5' }],
    ['an encryption the platform does not name', { ...JWK, enc: 'A192GCM' }],
    ['a short key', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })],
    [
      'an elliptic key',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    ],
    ['a private key', RSA.privateKey.export({ format: 'jwk' })],
  ])('%s is refused before the night begins', (_, jwePublicKey) => {
    expect(() => createTokenMint({ ...CREDENTIALS, jwePublicKey })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('KORE_JWE_PUBLIC_KEY') as unknown,
      }),
    );
  });

  test('a refused key is not quoted', () => {
    // I8
    const jwk = RSA.privateKey.export({ format: 'jwk' });
    let message = '';
    try {
      createTokenMint({ ...CREDENTIALS, jwePublicKey: jwk });
    } catch (error) {
      message = String(error);
    }
    expect(message).not.toBe('');
    expect(message).not.toContain(jwk.d);
  });
});

function verify(token: string, currentDate: Date, options: { maxTokenAge?: string } = {}) {
  return jwtVerify(token, KEY, { currentDate, algorithms: ['HS256'], ...options });
}
