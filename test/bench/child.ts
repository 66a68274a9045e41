import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child {
  /** The first thing it said. */
  readonly answer: unknown;
  /** Lets go of it and waits until it has ended; rejects unless it ended well. */
  end(): Promise<void>;
}

/**
 * Runs a script of this folder in a process of its own, so that nobody shares an event loop or a heap with what
 * is measured, gives it an order and waits for its answer. Node's own flags (`--cpu-prof`) are passed on.
 */
export async function startChild(script: string, order: unknown, signal: AbortSignal): Promise<Child> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), { signal });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  const failed = async (): Promise<never> => {
    throw new Error(`${script} ended with ${(await exited) ?? 'a signal'} and no answer`);
  };
  child.send(order as object); // as: IPC takes whatever JSON can say
  const answered = once(child, 'message') as Promise<[unknown]>; // as: the event has one argument
  const [answer] = await Promise.race([answered, failed()]);
  return {
    answer,
    async end() {
      if (child.connected) child.disconnect();
      const code = await exited;
      if (code !== 0) throw new Error(`${script} ended with ${code ?? 'a signal'}`);
    },
  };
}

/** In the child: what the parent wants. */
export async function readOrder(): Promise<unknown> {
  const [order] = (await once(process, 'message')) as [unknown]; // as: the event has one argument
  return order;
}

/** In the child. */
export function answerParent(answer: object): void {
  process.send?.(answer);
}

/** In the child: until the parent lets go of it, or is gone. */
export async function untilLetGo(): Promise<void> {
  if (process.connected) await once(process, 'disconnect');
}
