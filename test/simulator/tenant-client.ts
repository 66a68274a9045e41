import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type JWTPayload, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { type RunningTenant, startTenant, type TenantServerOptions } from '../../src/simulator/server.ts';
import { expectAllFired } from '../support/faults.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the text is none. */
  readonly json: unknown;
}

/** Serves a tenant until the test is over; by then every fault must have fired. */
export async function serveTenant(options: TenantServerOptions = {}): Promise<RunningTenant> {
  const running = await startTenant(options);
  onTestFinished(async () => {
    await running.close();
    expectAllFired(running);
  });
  return running;
}

/** A token as the platform's pages describe it, with any claims and any secret. */
export async function mintToken(
  running: RunningTenant,
  claims: JWTPayload = {},
  secret: string = running.clientSecret,
): Promise<string> {
  return new SignJWT({ appId: running.clientId, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret));
}

export async function send(
  running: RunningTenant,
  path: string,
  init: RequestInit = {},
): Promise<HttpAnswer> {
  const response = await fetch(running.url + path, { redirect: 'manual', ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parseJson(text) };
}

/** Sends any body to `usersInfo`, with a good token unless another is given. */
export async function postUsersInfo(
  running: RunningTenant,
  body: string,
  token?: string,
): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json', auth: token ?? (await mintToken(running)) };
  return send(running, '/api/public/usersInfo', { method: 'POST', headers, body });
}

/** Asks `usersInfo` about these addresses. */
export async function askUsersInfo(
  running: RunningTenant,
  ...emailIds: readonly string[]
): Promise<HttpAnswer> {
  return postUsersInfo(running, JSON.stringify({ emailIds }));
}

/** A call to `usersInfo` as it happens, for replies that do not come whole. */
export async function openUsersInfo(
  running: RunningTenant,
  ...emailIds: readonly string[]
): Promise<{ readonly sent: ClientRequest; readonly response: Promise<IncomingMessage> }> {
  const sent = request(`${running.url}/api/public/usersInfo`, {
    method: 'POST',
    headers: { auth: await mintToken(running) },
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  sent.end(JSON.stringify({ emailIds }));
  return { sent, response };
}

/** What `usersInfo` says of these addresses, in the order asked. */
export async function askAbout(running: RunningTenant, ...emailIds: readonly string[]): Promise<unknown> {
  running.behaviour.shuffles = false;
  const { status, json } = await postUsersInfo(running, JSON.stringify({ emailIds }));
  if (status !== 200) throw new Error(`usersInfo answered ${status}`);
  return json;
}

export async function listUserRoles(running: RunningTenant, query: string): Promise<HttpAnswer> {
  return send(running, `/api/public/alluserroles${query}`, { headers: { auth: await mintToken(running) } });
}

export function listItems(json: unknown): unknown[] {
  if (!Array.isArray(json)) throw new TypeError('the answer is not a list');
  return json;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
