import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startTenant } from '../../src/simulator/server.ts';
import { Tenant } from '../../src/simulator/tenant.ts';
import { askUsersInfo, openUsersInfo, serveTenant } from './tenant-client.ts';

const ANN = 'ann@example.com';

function makeTenant(): Tenant {
  const tenant = new Tenant();
  tenant.addPerson({ email: ANN, firstName: 'Zoë' });
  return tenant;
}

function readFirstPart(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => response.once('data', resolve));
}

async function readTrueText(): Promise<string> {
  return (await askUsersInfo(await serveTenant({ tenant: makeTenant() }), ANN)).text;
}

describe('the true reply on its way', () => {
  it('breaks off in the middle of its text, as if that were all', async () => {
    const running = await serveTenant({ tenant: makeTenant(), faults: [{ does: 'truncate' }] });
    const { status, text, json } = await askUsersInfo(running, ANN);
    const whole = await readTrueText();
    expect(status).toBe(200);
    expect(json).toBeUndefined();
    expect(text).toBe(whole.slice(0, whole.length / 2));
  });

  it('claims to be a page', async () => {
    const running = await serveTenant({ tenant: makeTenant(), faults: [{ does: 'wrong_content_type' }] });
    const { headers, text } = await askUsersInfo(running, ANN);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toBe(await readTrueText());
  });

  it('does not come, as the connection is reset', async () => {
    const running = await serveTenant({ faults: [{ does: 'reset' }] });
    const { response } = await openUsersInfo(running, ANN);
    await expect(response).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('comes in part before the connection is reset', async () => {
    const running = await serveTenant({ tenant: makeTenant(), faults: [{ does: 'reset_after_headers' }] });
    const { response } = await openUsersInfo(running, ANN);
    const got = await response;
    expect(got.statusCode).toBe(200);
    await expect(readText(got)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('does not come until the caller gives up', async () => {
    const running = await serveTenant();
    const fault = running.faults.add({ does: 'hang' });
    const { sent, response } = await openUsersInfo(running, ANN);
    await fault.whenFired;
    sent.destroy(new Error('gave up'));
    await expect(response).rejects.toThrow('gave up');
  });

  it('does not come until the tenant closes', async () => {
    const running = await serveTenant();
    const fault = running.faults.add({ does: 'hang' });
    const { response } = await openUsersInfo(running, ANN);
    await fault.whenFired;
    await Promise.all([expect(response).rejects.toMatchObject({ code: 'ECONNRESET' }), running.close()]);
  });

  it('comes in part, and then nothing until the caller gives up', async () => {
    const running = await serveTenant({ tenant: makeTenant(), faults: [{ does: 'hang_after_headers' }] });
    const { sent, response } = await openUsersInfo(running, ANN);
    const got = await response;
    const part = await readFirstPart(got);
    expect(part.length).toBeLessThan(Number(got.headers['content-length']));
    const ended = once(got, 'error');
    sent.destroy();
    await ended;
  });

  it('is held back until the caller gives up, while others are answered', async () => {
    const running = await serveTenant();
    const slow = running.faults.add({
      on: { entries: ['slow@example.com'] },
      does: { latencyMs: 3_600_000 },
    });
    const { sent, response } = await openUsersInfo(running, 'slow@example.com');
    const failed = expect(response).rejects.toThrow('gave up');
    await slow.whenFired;
    expect((await askUsersInfo(running, ANN)).status).toBe(200);
    sent.destroy(new Error('gave up'));
    await failed;
  });

  it('is whole when it has been held back', async () => {
    const running = await serveTenant({
      tenant: makeTenant(),
      latencyMs: 1,
      faults: [{ does: { latencyMs: 1 } }],
    });
    expect((await askUsersInfo(running, ANN)).text).toBe(await readTrueText());
  });

  it.each([
    ['a fault', { faults: [{ does: { bytesPerSecond: 100 } }] }],
    ['the behaviour of the tenant', { bytesPerSecond: 100 }],
  ])('is slowed down by %s', async (_what, options) => {
    const running = await serveTenant({ tenant: makeTenant(), ...options });
    const { sent, response } = await openUsersInfo(running, ANN);
    const got = await response;
    expect(await readFirstPart(got)).toHaveLength(2);
    expect(Number(got.headers['content-length'])).toBeGreaterThan(100);
    const ended = once(got, 'error');
    sent.destroy();
    await ended;
  });

  it('is whole when it has come slowly, in characters of several bytes too', async () => {
    const running = await serveTenant({
      tenant: makeTenant(),
      bytesPerSecond: 50_000,
      faults: [{ does: { bytesPerSecond: 2500 } }],
    });
    expect((await askUsersInfo(running, ANN)).text).toBe(await readTrueText());
  });
});

it('closing ends a reply that comes slowly', async () => {
  const running = await startTenant({ tenant: makeTenant(), bytesPerSecond: 1 });
  const { response } = await openUsersInfo(running, ANN);
  const got = await response;
  const ended = once(got, 'error');
  await running.close();
  await ended;
});
