import { describe, expect, it } from 'vitest';
import type { CannedReplyName } from '../../src/simulator/canned-replies.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import { askUsersInfo, mintToken, postUsersInfo, serveTenant } from './tenant-client.ts';

const ANN = 'ann@example.com';

describe('a reply in place of the true one', () => {
  it.each<[CannedReplyName, number, string, number]>([
    ['invalid_credentials', 401, 'Invalid SDK credentials', 4002],
    ['invalid_token', 401, 'Invalid JWT token', 4002],
    ['missing_scope', 401, 'Permission denied. Scope is incorrect!', 4002],
    ['overlong_token', 401, 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)', 401],
    ['replayed_token', 401, 'error verifying the jwt: possibly a replay', 401],
    ['expired_token', 401, 'jwt expired', 4002],
    ['undecryptable_token', 401, 'JWE decryption failed', 4002],
    ['forbidden', 403, 'Forbidden', 403],
    ['not_found', 404, 'Not Found', 404],
    ['method_not_allowed', 405, 'Method Not Allowed', 405],
    ['bad_request', 400, 'One or more entered emails not found', 400],
    ['invalid_arguments', 412, 'Validation errors/ Invalid arguments', 412],
    ['too_large', 413, 'Payload Too Large', 413],
    ['rate_limited', 429, 'Rate limit for this API has been reached. Please try again after some time.', 429],
    ['server_error', 500, 'Internal Server Error', 500],
    ['unavailable', 503, 'Service Unavailable', 503],
  ])('named %s is an error with status %i', async (does, status, msg, code) => {
    const running = await serveTenant({ faults: [{ does }] });
    const answer = await askUsersInfo(running, ANN);
    expect(answer).toMatchObject({ status, json: { errors: [{ msg, code }] } });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it.each<[CannedReplyName, number]>([
    ['bad_gateway', 502],
    ['not_json', 200],
  ])('named %s is a page with status %i', async (does, status) => {
    const running = await serveTenant({ faults: [{ does }] });
    const answer = await askUsersInfo(running, ANN);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.text).toMatch(/^<.*html>/s);
  });

  it('named empty_body is a success that says nothing', async () => {
    const running = await serveTenant({ faults: [{ does: 'empty_body' }] });
    expect(await askUsersInfo(running, ANN)).toMatchObject({ status: 200, text: '' });
  });

  it('named redirect leads to another host', async () => {
    const running = await serveTenant({ faults: [{ does: 'redirect' }] });
    const { status, headers } = await askUsersInfo(running, ANN);
    expect(status).toBe(302);
    expect(headers.get('location')).toBe('https://login.example.com/?to=usersInfo');
  });

  it('named encrypted is a success without a list', async () => {
    const running = await serveTenant({ faults: [{ does: 'encrypted' }] });
    expect(await askUsersInfo(running, ANN)).toMatchObject({
      status: 200,
      json: { encryptedPayload: expect.any(String) as unknown, encryptedKey: expect.any(String) as unknown },
    });
  });

  it('made by hand has any status, words, code, headers and Retry-After', async () => {
    const does = { status: 503, msg: 'later', code: 7, retryAfter: 30, headers: { 'x-seen': 'yes' } };
    const running = await serveTenant({ faults: [{ does }] });
    const { status, headers, json } = await askUsersInfo(running, ANN);
    expect(status).toBe(503);
    expect(json).toEqual({ errors: [{ msg: 'later', code: 7 }] });
    expect(headers.get('retry-after')).toBe('30');
    expect(headers.get('x-seen')).toBe('yes');
  });

  it('made by hand has any body: text as it is, anything else as JSON', async () => {
    const tenant = new Tenant();
    const running = await serveTenant({
      tenant,
      faults: [
        { on: { night: 1 }, does: { status: 200, body: 'null ' } },
        { on: { night: 2 }, does: { status: 200, body: { users: [] } } },
      ],
    });
    expect((await askUsersInfo(running, ANN)).text).toBe('null ');
    tenant.night = 2;
    expect((await askUsersInfo(running, ANN)).text).toBe('{"users":[]}');
  });

  it('shows the token that came with the call where it is to', async () => {
    const running = await serveTenant({
      faults: [
        { on: { attempts: 'first' }, does: 'echoed_token' },
        { does: { status: 500, msg: 'cannot read {token}' } },
      ],
    });
    const token = await mintToken(running);
    const body = JSON.stringify({ emailIds: [ANN] });
    expect((await postUsersInfo(running, body, token)).text).toContain(`The token ${token} could not`);
    expect((await postUsersInfo(running, body, token)).text).toContain(`cannot read ${token}`);
  });
});
