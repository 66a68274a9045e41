import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly pid: number;
  /** Gives an order and waits for its answer; one at a time. Rejects where the child ends instead. */
  ask(order: object): Promise<unknown>;
  /** Lets go of it and waits until it has ended; rejects unless it ended well. */
  end(): Promise<void>;
}

/**
 * Runs a script of this folder in a process of its own, so that nobody shares an event loop or a heap with what
 * is measured. Node's own flags (`--cpu-prof`) are passed on.
 */
export function startChild(script: string, signal: AbortSignal): Child {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), { signal });
  const ended = new Promise<string | null>((resolve) => {
    child.once('exit', (code, killedBy) =>
      resolve(code === 0 ? null : `${script} ended with ${code ?? killedBy}`),
    );
    child.once('error', (error) => resolve(`${script}: ${error.message}`));
  });
  return {
    pid: child.pid ?? 0,
    async ask(order) {
      const answered: Promise<unknown[]> = once(child, 'message');
      child.send(order);
      const [answer] = await Promise.race([
        answered,
        ended.then((fault) => Promise.reject(new Error(fault ?? `${script} ended without an answer`))),
      ]);
      return answer;
    },
    async end() {
      if (child.connected) child.disconnect();
      const fault = await ended;
      if (fault !== null) throw new Error(fault);
    },
  };
}

/** In the child: answers the parent's orders in turn, until the parent lets go of it, or is gone. */
export async function serveParent(answer: (order: unknown) => Promise<object>): Promise<void> {
  const orders: AsyncIterable<unknown[]> = on(process, 'message', { close: ['disconnect'] });
  for await (const [order] of orders) process.send?.(await answer(order));
}
