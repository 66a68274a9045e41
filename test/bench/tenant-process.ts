import { z } from 'zod';
import { writeRosterFile } from '../../src/simulator/roster.ts';
import { startTenant } from '../../src/simulator/server.ts';
import { populateUniformTenant } from '../../src/simulator/uniform-population.ts';
import { answerParent, readOrder, untilLetGo } from './child.ts';

const order = z.object({ people: z.number(), rosterFile: z.string() }).parse(await readOrder());

/** The edition that says the most, so that everybody writes the most. */
const tenant = populateUniformTenant({ people: order.people, edition: 'xo' });
await writeRosterFile(order.rosterFile, tenant.roster());
const server = await startTenant({ tenant });
answerParent({ host: server.url, clientId: server.clientId, clientSecret: server.clientSecret });
await untilLetGo();
await server.close();
