import { request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startServer, type Pages } from '../../src/observe/server.ts';

async function serve(pages: Pages): Promise<{ origin: string; errors: unknown[] }> {
  const errors: unknown[] = [];
  const server = await startServer({
    port: 0,
    address: '127.0.0.1',
    pages,
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => server.close());
  return { origin: server.origin, errors };
}

const OK: Pages = { '/healthz': () => Promise.resolve({ status: 200, body: 'ok\n' }) };

describe('the server of health and metrics', () => {
  test('gives a page, whatever comes after the question mark, and nothing may keep it', async () => {
    const { origin } = await serve(OK);
    const response = await fetch(`${origin}/healthz?verbose`);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('ok\n');
  });

  test.each(['/', '/healthz/', '/__proto__', '/constructor', '/%2e%2e/etc/passwd'])(
    'knows nothing of %s',
    async (path) => {
      const { origin } = await serve(OK);
      const response = await fetch(`${origin}${path}`);
      expect(response.status).toBe(404);
      expect(await response.text()).toBe('There is /healthz.\n');
    },
  );

  test('takes no orders', async () => {
    const { origin } = await serve(OK);
    const response = await fetch(`${origin}/healthz`, { method: 'POST', body: 'stop' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  test('answers HEAD without a body', async () => {
    const { origin } = await serve(OK);
    const response = await fetch(`${origin}/healthz`, { method: 'HEAD' });
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 200, body: '' });
  });

  test('keeps to itself why a page failed', async () => {
    const { origin, errors } = await serve({
      '/metrics': () => Promise.reject(new Error('password=marker')),
    });
    const response = await fetch(`${origin}/metrics`);
    expect({ status: response.status, body: await response.text() }).toEqual({
      status: 500,
      body: 'failed\n',
    });
    expect(errors).toHaveLength(1);
  });

  test('says which port cannot be had', async () => {
    const { origin } = await serve(OK);
    const options = {
      port: Number(new URL(origin).port),
      address: '127.0.0.1',
      pages: OK,
      onError: () => undefined,
    };
    await expect(startServer(options)).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: expect.stringMatching(
        /^Cannot listen on 127\.0\.0\.1 port \d+ \(EADDRINUSE\)\. Set PORT/,
      ) as unknown,
    });
  });

  test('closes though somebody holds a connection open', async () => {
    const server = await startServer({ port: 0, address: '127.0.0.1', pages: OK, onError: () => undefined });
    const held = request(server.origin);
    held.on('error', () => undefined);
    held.write('half a request');
    await fetch(`${server.origin}/healthz`);
    await server.close();
  });
});
