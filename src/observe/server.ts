import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SyncError } from '../core/errors.ts';

export interface Page {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** By path. A page that throws is a 500 without a reason: what went wrong may quote anything. */
export type Pages = Readonly<Record<string, () => Promise<Page>>>;

export interface RunningServer {
  readonly origin: string;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly address: string;
  readonly pages: Pages;
  readonly onError: (error: unknown) => void;
}

/** Serves pages to whoever can reach the address, read-only. Throws PORT_UNAVAILABLE where the port cannot be had: who has it may let go of it. */
export async function startServer({ port, address, pages, onError }: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => {
    respond(pages, request, response).catch((error: unknown) => {
      onError(error);
      send(response, { status: 500, body: 'failed\n' });
    });
  });
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new SyncError(
      'PORT_UNAVAILABLE',
      `Cannot listen on ${address} port ${port} (${code}). Set PORT and BIND_ADDRESS to a port that is free and an address of this machine.`,
    );
  }
  server.on('error', onError);
  return {
    origin: describeOrigin(server.address()),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function describeOrigin(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return '';
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

async function respond(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?');
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) {
    send(response, { status: 404, body: `There is ${Object.keys(pages).join(', ')}.\n` });
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, { status: 405, body: 'GET only\n' });
  } else {
    send(response, await page());
  }
}

/** Node itself leaves out the body of what answers a HEAD. */
function send(
  response: ServerResponse,
  { status, contentType = 'text/plain; charset=utf-8', body }: Page,
): void {
  response
    .writeHead(status, {
      'content-type': contentType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(body);
}
