// A process that uses the embedded PostgreSQL: prints what it got as one line of JSON, goes on until its
// standard input ends (also when its parent was killed), then gives the use back.
// Arguments: the options as JSON, and a folder to delete in the end.
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { openEmbeddedDatabase, type EmbeddedDatabaseOptions } from '../../src/embedded/embedded-database.ts';

const [, , json = '', folderToDelete] = process.argv;
// A parent killed meanwhile does not read any more: that must not end us before we have given the use back.
process.stdout.on('error', () => undefined);
const options = JSON.parse(json) as EmbeddedDatabaseOptions; // written by start-database-user.ts, which is typed
const database = await openEmbeddedDatabase(options);
process.stdout.write(`${JSON.stringify(database)}\n`);
await once(process.stdin.resume(), 'end');
await database.release();
if (folderToDelete !== undefined) await rm(folderToDelete, { recursive: true, force: true, maxRetries: 10 });
