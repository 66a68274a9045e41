import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { WireReader, WireRequest } from './wire.ts';

/** An instant of a conversation: the request is about to arrive, or its reply is. */
export interface Point {
  readonly name: string;
  /** Counts the requests of that name from 1, over all connections. */
  readonly nth: number;
  readonly when: 'before' | 'after';
}

export interface Proxy {
  readonly port: number;
  /** Every point passed so far, in order, with what is known of its request. */
  readonly trace: readonly (Point & WireRequest)[];
  /** Calls `strike` at that point, once, before anything goes on; what it returns true for goes no further. */
  arm(point: Point, strike: () => void): void;
  /** Whether what was armed has struck. */
  hasStruck(): boolean;
  /** Where connections from now on lead to; those there are break, as those of a server that restarts do. */
  redirect(port: number): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Stands between a process and a server, follows what they say, and strikes where it is told to. */
export async function startProxy(upstreamPort: number, makeReader: () => WireReader): Promise<Proxy> {
  const pairs = new Set<Pair>();
  const counts = new Map<string, number>();
  const trace: (Point & WireRequest)[] = [];
  let target = upstreamPort;
  let armed: { readonly point: Point; readonly strike: () => void } | undefined;
  let struck = false;

  const breakAll = (): void => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  };
  /** Whether it has struck: then nothing that was on its way arrives. */
  const pass = (request: WireRequest, when: Point['when']): boolean => {
    const { name } = request;
    const key = `${when} ${name}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    trace.push({ ...request, nth, when });
    const { point } = armed ?? {};
    if (point?.name !== name || point.nth !== nth || point.when !== when || struck) return false;
    struck = true;
    armed?.strike();
    return true;
  };

  const listener = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    const pair = { client, server };
    const reader = makeReader();
    pairs.add(pair);
    const relay = (
      from: Socket,
      to: Socket,
      read: (chunk: Buffer) => readonly WireRequest[],
      when: Point['when'],
    ) => {
      from.on('data', (chunk: Buffer) => {
        const hasJustStruck = read(chunk).map((request) => pass(request, when));
        if (!hasJustStruck.includes(true)) to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    };
    relay(client, server, (chunk) => reader.readRequests(chunk), 'before');
    relay(server, client, (chunk) => reader.readReplies(chunk), 'after');
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return {
    port: address.port,
    trace,
    arm(point, strike) {
      armed = { point, strike };
    },
    hasStruck: () => struck,
    redirect(port) {
      target = port;
      breakAll();
    },
    async close() {
      breakAll();
      listener.close();
      await once(listener, 'close');
    },
  };
}
