// A process with a worker on batches. Its task: `hang` in the first job, or `close` everything and end by itself.
import { openQueues, type OpenQueuesOptions } from '../../src/queue/engine.ts';
import { recordLog } from './log-record.ts';

interface Argument extends Pick<OpenQueuesOptions, 'engine' | 'prefix' | 'timing'> {
  readonly task: 'hang' | 'close';
}

const { task, ...options } = JSON.parse(process.argv[2] ?? '') as Argument; // as the test passes it
const queues = await openQueues({ ...options, logger: recordLog() });
const worker = await queues.work('batches', {
  concurrency: 1,
  handlers: {
    'fetch-batch': (_, { jobId }) => {
      process.stdout.write(`handling ${jobId}\n`);
      return new Promise(() => undefined);
    },
  },
});
if (task === 'close') {
  await queues.enqueue([
    { job: { name: 'finish-run', payload: { runId: '1' } } },
    { job: { name: 'deliver-alert', payload: { alertId: '1', attempt: 1 } }, delayMs: 60_000 },
  ]);
  await worker.close({ deadlineMs: 1_000 });
  await queues.close();
}
