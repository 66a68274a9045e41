import { failed, type Finding } from '../core/finding.ts';
import { describeFailedStatement } from '../store/database.ts';

/** What cannot be found out is a failure of its own: a connection may break at any moment. */
export async function find(requirement: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return failed(requirement, describeError(error), 'Check again; if it goes on, see what the server logs.');
  }
}

/** What a failure says for people. PostgreSQL's own words may quote a row, and with it a person (I8). */
export function describeError(error: unknown): string {
  const words = error instanceof Error && error.message !== '' ? error.message : String(error);
  return describeFailedStatement(error) ?? words;
}
