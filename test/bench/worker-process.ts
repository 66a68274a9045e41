import type { App } from '../../src/app.ts';
import { serveParent } from './child.ts';
import { assignmentSchema } from './contender.ts';
import { openProductApp } from './product.ts';

/** A worker as `start --only worker` makes it, until the parent lets go. */
let app: App | undefined;
await serveParent(async (message) => {
  app = await openProductApp(assignmentSchema.parse(message));
  await app.work();
  return {};
});
await app?.close();
