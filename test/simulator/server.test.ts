import { Agent, request } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Tenant } from '../../src/simulator/tenant.ts';
import { listUserRoles, mintToken, postUsersInfo, send, serveTenant } from './tenant-client.ts';

const BODY = JSON.stringify({ emailIds: ['ann@example.com'] });
const REFUSED_CREDENTIALS = {
  status: 401,
  json: { errors: [{ msg: 'Invalid SDK credentials', code: 4002 }] },
};
const NOW = Date.parse('2026-03-01T02:00:00Z');
const NOW_SECONDS = NOW / 1000;

describe('a token', () => {
  it('needs nothing but the client id, signed with the secret', async () => {
    const running = await serveTenant();
    expect(await postUsersInfo(running, BODY)).toMatchObject({ status: 200 });
  });

  it('that is missing is refused', async () => {
    const running = await serveTenant();
    const answer = await send(running, '/api/public/usersInfo', { method: 'POST', body: BODY });
    expect(answer).toMatchObject(REFUSED_CREDENTIALS);
  });

  it('that is not a token is refused', async () => {
    const running = await serveTenant();
    expect(await postUsersInfo(running, BODY, 'a.b.c')).toMatchObject(REFUSED_CREDENTIALS);
  });

  it('signed with another secret is refused', async () => {
    const running = await serveTenant();
    const token = await mintToken(running, {}, 'another secret');
    expect(await postUsersInfo(running, BODY, token)).toMatchObject(REFUSED_CREDENTIALS);
  });

  it.each([{ appId: 'cs-somebody-else' }, { appId: undefined }])('with %o is refused', async (claims) => {
    const running = await serveTenant();
    const token = await mintToken(running, claims);
    expect(await postUsersInfo(running, BODY, token)).toMatchObject(REFUSED_CREDENTIALS);
  });

  it('that has expired is refused, five seconds of skew aside', async () => {
    const running = await serveTenant({ now: () => NOW });
    const fresh = await mintToken(running, { exp: NOW_SECONDS - 3 });
    const stale = await mintToken(running, { exp: NOW_SECONDS - 30 });
    expect(await postUsersInfo(running, BODY, fresh)).toMatchObject({ status: 200 });
    expect(await postUsersInfo(running, BODY, stale)).toMatchObject(REFUSED_CREDENTIALS);
  });

  it('that is not good yet is refused, five seconds of skew aside', async () => {
    const running = await serveTenant({ now: () => NOW });
    const soon = await mintToken(running, { nbf: NOW_SECONDS + 3 });
    const later = await mintToken(running, { nbf: NOW_SECONDS + 30 });
    expect(await postUsersInfo(running, BODY, soon)).toMatchObject({ status: 200 });
    expect(await postUsersInfo(running, BODY, later)).toMatchObject(REFUSED_CREDENTIALS);
  });

  it('that names another algorithm, or whose claims were changed after it was signed, is refused', async () => {
    const running = await serveTenant();
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [header, claims, signature] = (await mintToken(running)).split('.');
    for (const token of [
      `${encode({ alg: 'none' })}.${claims}.`,
      `${encode({ alg: 'HS512' })}.${claims}.${signature}`,
      `${header}.${encode({ appId: running.clientId, iss: 'somebody' })}.${signature}`,
      `${header}.${claims}.${signature}.more`,
    ]) {
      expect(await postUsersInfo(running, BODY, token)).toMatchObject(REFUSED_CREDENTIALS);
    }
  });

  it('without the scope is refused with a 401 that says so', async () => {
    const running = await serveTenant({ scope: 'missing' });
    expect(await postUsersInfo(running, BODY)).toMatchObject({
      status: 401,
      json: { errors: [{ msg: 'Permission denied. Scope is incorrect!', code: 4002 }] },
    });
    running.behaviour.scope = 'granted';
    expect(await postUsersInfo(running, BODY)).toMatchObject({ status: 200 });
  });
});

describe('where token ids are enforced, a token', () => {
  it('without one is refused', async () => {
    const running = await serveTenant({ enforceJti: true, now: () => NOW });
    const token = await mintToken(running, { exp: NOW_SECONDS + 60 });
    expect(await postUsersInfo(running, BODY, token)).toMatchObject(REFUSED_CREDENTIALS);
  });

  it.each([undefined, NOW_SECONDS + 3700])('that expires at %s is refused', async (exp) => {
    const running = await serveTenant({ enforceJti: true, now: () => NOW });
    const token = await mintToken(running, exp === undefined ? { jti: 'one' } : { jti: 'one', exp });
    const msg = 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)';
    expect(await postUsersInfo(running, BODY, token)).toMatchObject({
      status: 401,
      json: { errors: [{ msg, code: 401 }] },
    });
  });

  it('is good once', async () => {
    const running = await serveTenant({ enforceJti: true, now: () => NOW });
    const token = await mintToken(running, { jti: 'one', exp: NOW_SECONDS + 3600 });
    expect(await postUsersInfo(running, BODY, token)).toMatchObject({ status: 200 });
    expect(await postUsersInfo(running, BODY, token)).toMatchObject({
      status: 401,
      json: { errors: [{ msg: 'error verifying the jwt: possibly a replay', code: 401 }] },
    });
  });

  it('with the id of one that expired is good again', async () => {
    let now = NOW;
    const running = await serveTenant({ enforceJti: true, now: () => now });
    await postUsersInfo(running, BODY, await mintToken(running, { jti: 'one', exp: NOW_SECONDS + 60 }));
    now += 120_000;
    await postUsersInfo(running, BODY, await mintToken(running, { jti: 'two', exp: NOW_SECONDS + 180 }));
    const again = await mintToken(running, { jti: 'one', exp: NOW_SECONDS + 180 });
    expect(await postUsersInfo(running, BODY, again)).toMatchObject({ status: 200 });
  });
});

describe('a request', () => {
  it('of the wrong method is refused before its token is looked at', async () => {
    const running = await serveTenant();
    const refused = { status: 405, json: { errors: [{ msg: 'Method Not Allowed', code: 405 }] } };
    expect(await send(running, '/api/public/usersInfo')).toMatchObject(refused);
    expect(await send(running, '/api/public/alluserroles', { method: 'POST' })).toMatchObject(refused);
  });

  it('to an unknown path is not found', async () => {
    const running = await serveTenant();
    expect(await send(running, '/api/public/groups')).toMatchObject({ status: 404 });
  });

  it('is counted, whatever is answered', async () => {
    const running = await serveTenant();
    await postUsersInfo(running, BODY);
    await postUsersInfo(running, BODY, 'no token');
    await listUserRoles(running, '');
    await send(running, '/elsewhere');
    expect(running.tenant.calls).toMatchObject({ total: 4, usersInfo: 2, allUserRoles: 1, refused: 0 });
    expect(running.calls.arrivals).toHaveLength(3);
    expect(running.calls).toBe(running.tenant.calls);
  });

  it('leaves a trace of when its answer left, unless that broke on the way', async () => {
    let now = NOW;
    const running = await serveTenant({ now: () => now });
    const token = await mintToken(running);
    await postUsersInfo(running, BODY, token);
    now += 1_000;
    running.faults.add({ does: 'reset' });
    await expect(postUsersInfo(running, BODY, token)).rejects.toThrow();
    running.faults.clear();
    await postUsersInfo(running, BODY, token);
    expect(running.calls.arrivals).toEqual([NOW, NOW + 1_000, NOW + 1_000]);
    expect(running.calls.answers).toEqual([NOW, NOW + 1_000]);
  });
});

it('a caller that hangs up in the middle of a request disturbs nobody else', async () => {
  const running = await serveTenant();
  const sent = request(`${running.url}/api/public/usersInfo`, {
    method: 'POST',
    headers: { 'content-length': BODY.length, expect: '100-continue' },
  });
  sent.flushHeaders();
  await once(sent, 'continue');
  const failed = once(sent, 'error');
  sent.destroy(new Error('hung up'));
  await failed;
  expect(await postUsersInfo(running, BODY)).toMatchObject({ status: 200 });
});

it('as many replies may be held back as there are callers, without a warning', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  const running = await serveTenant({ latencyMs: 50 });
  const token = await mintToken(running);
  await Promise.all(Array.from({ length: 12 }, () => postUsersInfo(running, BODY, token)));
  process.off('warning', note);
  expect(warnings).toEqual([]);
});

describe('closing', () => {
  it('ends a connection that is kept alive, and may be done twice', async () => {
    const running = await serveTenant();
    const agent = new Agent({ keepAlive: true });
    const sent = request(running.url, { agent });
    sent.end();
    await once(sent, 'response').then(([response]: { resume(): unknown }[]) => response?.resume());
    const socket = sent.socket;
    if (socket === null) throw new Error('the request had no socket');
    const ended = once(socket, 'close');
    await running.close();
    await ended;
    await running.close();
    agent.destroy();
  });

  it('ends a call that is still held back', async () => {
    const running = await serveTenant();
    const held = new Promise<void>((resolve) => {
      const get = (): number => {
        resolve();
        return 3_600_000;
      };
      Object.defineProperty(running.behaviour, 'latencyMs', { get });
    });
    const sent = request(`${running.url}/api/public/usersInfo`, { method: 'POST' });
    const failed = once(sent, 'error');
    sent.end(BODY);
    await held;
    await running.close();
    await failed;
  });
});

describe('the listing of all users', () => {
  function makeFive(): Tenant {
    const tenant = new Tenant();
    for (const number of [1, 2, 3, 4, 5]) tenant.addPerson({ email: `person${number}@example.com` });
    return tenant;
  }

  it('shows roles with their sources at the top level', async () => {
    const tenant = new Tenant({ edition: 'current' });
    const person = tenant.addPerson({ email: 'ann@example.com', orgUserId: 'E-1', canCreateBot: true });
    const bot = tenant.grant(person, 'Bot Tester', 'Payroll');
    const admin = tenant.grant(person, 'admin');
    const running = await serveTenant({ tenant });
    expect((await listUserRoles(running, '')).json).toStrictEqual({
      total: 1,
      availableMore: false,
      users: [
        {
          username: 'ann@example.com',
          orgUserId: 'E-1',
          accountId: tenant.id,
          isDeveloper: true,
          canCreateBot: true,
          userId: person.userId,
          btRoles: [
            {
              roleId: bot.role.id,
              roleName: 'Bot Tester',
              groups: [],
              botId: bot.bot?.id,
              botName: 'Payroll',
            },
          ],
          adminRoles: [{ roleId: admin.role.id, roleName: 'admin', groups: [] }],
        },
      ],
    });
  });

  it('skips as many records as the offset says', async () => {
    const running = await serveTenant({ tenant: makeFive() });
    expect((await listUserRoles(running, '?limit=2&offset=1')).json).toMatchObject({
      total: 5,
      availableMore: true,
      users: [{ username: 'person2@example.com' }, { username: 'person3@example.com' }],
    });
  });

  it('says where it ends', async () => {
    const running = await serveTenant({ tenant: makeFive() });
    expect((await listUserRoles(running, '?limit=2&offset=3')).json).toMatchObject({ availableMore: false });
    expect((await listUserRoles(running, '?limit=2&offset=9')).json).toMatchObject({ total: 5, users: [] });
  });

  it('refuses a limit that is no number', async () => {
    const running = await serveTenant({ tenant: makeFive() });
    expect(await listUserRoles(running, '?limit=many')).toMatchObject({ status: 412 });
  });
});
