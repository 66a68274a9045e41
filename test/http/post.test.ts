import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { post } from '../../src/http/post.ts';
import { startHttpServer, type Respond } from '../support/http-server.ts';

async function postTo(respond: Respond, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const server = await startHttpServer(respond);
  onTestFinished(() => server.close());
  return post({ url: new Secret(`${server.origin}/secret/path`), body: '{}', ...options });
}

describe('a post', () => {
  test('is done when the status says so, however the reply goes on', async () => {
    const breaking: Respond = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x', () => response.destroy());
    };
    const endless: Respond = (_, response) => {
      response.writeHead(200);
      const write = () => void response.write(Buffer.alloc(65_536), (error) => error ?? write());
      write();
    };
    expect(await postTo(breaking)).toEqual({ ok: true, status: 200 });
    expect(await postTo(endless)).toEqual({ ok: true, status: 200 });
  });

  test.each([
    [408, false],
    [425, false],
    [429, false],
    [400, true],
    [401, true],
    [410, true],
    [302, true],
    [500, false],
    [503, false],
  ])('that is answered with %d will be refused again: %s', async (status, isPermanent) => {
    const outcome = await postTo((_, response) => response.writeHead(status).end());
    expect(outcome).toMatchObject({ ok: false, isPermanent });
  });

  test('waits no longer than it is told', async () => {
    expect(await postTo(() => undefined, { timeoutMs: 50 })).toEqual({
      ok: false,
      isPermanent: false,
      reason: 'no answer within 0.05 s',
    });
  });

  test.each([AbortSignal.abort(), AbortSignal.timeout(20)])('ends when it is told to', async (signal) => {
    expect(await postTo(() => undefined, { signal })).toMatchObject({ ok: false, isPermanent: false });
  });

  test('repeats a code of one word from the reply and nothing else of it', async () => {
    const answer = (text: string) => postTo((_, response) => response.writeHead(404).end(text));
    expect(await answer('channel_is_archived')).toMatchObject({ reason: 'HTTP 404: channel_is_archived' });
    expect(await answer('Cannot POST /secret/path')).toMatchObject({ reason: 'HTTP 404' });
  });
});
