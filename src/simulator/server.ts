import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { answerAllUserRoles } from './all-user-roles.ts';
import { type Behaviour, chooseBehaviour } from './behaviour.ts';
import { type Call, joinSteps, type Operation, type Reply, type Step } from './call.ts';
import type { CallLog } from './call-log.ts';
import { writeReply } from './canned-replies.ts';
import { deliver } from './delivery.ts';
import type { Fault } from './fault.ts';
import { Faults, type PlacedFault } from './faults.ts';
import { enforceLimits } from './limits.ts';
import { PersonText } from './person-text.ts';
import { Tenant } from './tenant.ts';
import { TokenCheck } from './token-check.ts';
import { answerUsersInfo } from './users-info.ts';

export interface TenantServerOptions extends Partial<Behaviour> {
  /** An empty one where left out. */
  readonly tenant?: Tenant;
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** The clock of limits and of tokens, in milliseconds since 1970. */
  readonly now?: () => number;
  /** Those there are from the beginning. */
  readonly faults?: readonly Fault[];
}

export interface RunningTenant {
  readonly url: string;
  readonly port: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tenant: Tenant;
  readonly calls: CallLog;
  readonly behaviour: Behaviour;
  readonly faults: Faults;
  /** A test whose fault never fired has not tested it. */
  unfiredFaults(): readonly PlacedFault[];
  /** Stops listening and ends every connection, those kept alive and those still waiting. May be called twice. */
  close(): Promise<void>;
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['/api/public/usersInfo', 'usersInfo'],
  ['/api/public/alluserroles', 'allUserRoles'],
]);
const METHODS: Readonly<Record<Operation, string>> = { usersInfo: 'POST', allUserRoles: 'GET' };

/** Serves the tenant over HTTP, on the loopback address unless told otherwise. */
export async function startTenant(options: TenantServerOptions = {}): Promise<RunningTenant> {
  const { tenant = new Tenant(), host = '127.0.0.1', port = 0, now = Date.now } = options;
  const clientId = options.clientId ?? 'cs-5a1d0000-0000-5000-8000-000000000001';
  const clientSecret = options.clientSecret ?? 'not-a-secret-the-simulated-tenant-tells-everybody';
  const behaviour = chooseBehaviour(options);
  const faults = new Faults(tenant, options.faults);
  const closing = new AbortController();
  // Each reply that is held back listens, and there may be any number.
  setMaxListeners(Infinity, closing.signal);
  const text = new PersonText(tenant);
  const steps = [
    countCalls(tenant.calls),
    enforceLimits(behaviour, tenant.calls, now),
    checkMethod,
    // Before the faults: a token has been used up also where its call then fails.
    checkToken(new TokenCheck({ clientId, clientSecret, now }), behaviour),
    faults.befall,
  ];
  const answer = joinSteps(steps, (call) => answerOperation(call, tenant, text, behaviour));

  const server = createServer((request, response) => {
    response.once('finish', () => tenant.calls.answers.push(now()));
    void serve(request, response, answer, behaviour, closing.signal);
  });
  // Longer than any client keeps a connection, so that it is the client that closes idle ones: the other
  // way round, a call sent at the wrong moment meets a reset that no scenario asked for.
  server.keepAliveTimeout = 600_000;
  const address = await listen(server, port, host);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    clientId,
    clientSecret,
    tenant,
    calls: tenant.calls,
    behaviour,
    faults,
    unfiredFaults: () => faults.unfired,
    close: () => close(server, closing),
  };
}

function countCalls(calls: CallLog): Step {
  return (call, proceed) => {
    calls.count(call.operation);
    return proceed();
  };
}

const checkMethod: Step = async ({ operation, method }, proceed) => {
  if (operation === null) return writeReply('not_found');
  return method === METHODS[operation] ? proceed() : writeReply('method_not_allowed');
};

function checkToken(check: TokenCheck, behaviour: Behaviour): Step {
  return async (call, proceed) => {
    const refusal = check.check(call.token, behaviour.enforceJti);
    if (refusal !== null) return refusal;
    return behaviour.scope === 'missing' ? writeReply('missing_scope') : proceed();
  };
}

function answerOperation(call: Call, tenant: Tenant, text: PersonText, behaviour: Behaviour): Reply {
  switch (call.operation) {
    case 'usersInfo':
      return answerUsersInfo(tenant, text, call.body, behaviour.shuffles);
    case 'allUserRoles':
      return answerAllUserRoles(tenant, text, call.query);
    case null:
      return writeReply('not_found');
  }
}

/** A fault of the tenant's own is thrown on, unhandled: hidden, it would look like a fault of the network. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (call: Call) => Promise<Reply>,
  behaviour: Behaviour,
  closing: AbortSignal,
): Promise<void> {
  try {
    await deliver(response, await answer(await readCall(request)), behaviour, closing);
  } catch (error) {
    response.destroy();
    const isHungUp = request.errored !== null;
    if (!isHungUp && !closing.aborted) throw error;
  }
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const url = new URL(request.url ?? '/', 'http://tenant.invalid');
  const auth = request.headers['auth'];
  return {
    operation: OPERATIONS.get(url.pathname) ?? null,
    method: request.method ?? 'GET',
    query: url.searchParams,
    token: typeof auth === 'string' ? auth : undefined,
    body: await readText(request),
  };
}

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the tenant has no TCP address'));
      else resolve(address);
    });
  });
}

function close(server: Server, closing: AbortController): Promise<void> {
  closing.abort();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
