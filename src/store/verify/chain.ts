import {
  CHANGE_CONTENT,
  digestOf,
  itemsOf,
  linkOf,
  NAMES_CONTENT,
  NO_ITEMS,
  PEOPLE_CONTENT,
  RUN_FACTS,
} from '../publish/chain.ts';
import { difference, type Check } from './check.ts';

const inLinks = (detail: string): string => difference({ table: `'run_links'`, run: 'l.run_id', detail });
const inRuns = (detail: string): string => difference({ table: `'runs'`, run: 'l.run_id', detail });

/** The run whose people are the baseline; ids of runs are bigints of our own. */
const BASELINE = `(SELECT id FROM runs WHERE status = 'published' AND base_id IS NULL ORDER BY as_of LIMIT 1)`;

/** What a digest `d` and the content `c` it should be of have to say about each other. */
const matched = (content: string, write: (detail: string) => string, what: string): string => `
  CASE
    WHEN d.digest IS NULL THEN ${write(`format('%s was not there when the run was published', ${what})`)}
    WHEN d.salt IS NULL AND c.subject IS NOT NULL THEN ${write(`format('%s counts as erased, but is there', ${what})`)}
    WHEN d.salt IS NOT NULL AND c.subject IS NULL THEN ${write(`format('%s is gone', ${what})`)}
    WHEN d.digest <> ${digestOf('d.salt', content)} THEN ${write(`format('%s is not what was published', ${what})`)}
  END`;

/**
 * The hash chain. Each content is held against its digest first, then the digests and the row of each run against
 * its link, then each link against the one before: the first difference names the row that was edited.
 */
export const CHAIN_CHECKS: readonly Check[] = [
  {
    name: 'published changes',
    counts: 'changes',
    sql: `
      SELECT ${matched(
        CHANGE_CONTENT,
        (detail) =>
          difference({ table: `'changes'`, run: 'coalesce(d.run_id, c.run_id)', user: 'c.user_id', detail }),
        `'change ' || coalesce(d.subject, c.id)`,
      )} AS difference
        FROM (SELECT d.* FROM digests d WHERE d.run_id IS DISTINCT FROM ${BASELINE}) d
        FULL JOIN (SELECT c.id AS subject, c.* FROM changes c WHERE c.run_id IN (SELECT run_id FROM run_links)) c
          ON c.run_id = d.run_id AND c.subject = d.subject`,
  },
  {
    name: 'people of the baseline',
    counts: 'people',
    sql: `
      SELECT ${matched(
        'c.content',
        (detail) => difference({ table: `'users'`, run: BASELINE, user: 'c.user_id', detail }),
        `format('what the first night said of person %s', coalesce(d.subject, c.subject))`,
      )} AS difference
        FROM (SELECT d.* FROM digests d WHERE d.run_id = ${BASELINE} AND d.subject > 0) d
        FULL JOIN (SELECT c.* FROM (${PEOPLE_CONTENT.replaceAll('$1', BASELINE)}) c
                    WHERE EXISTS (SELECT FROM run_links WHERE run_id = ${BASELINE})) c ON c.subject = d.subject`,
  },
  {
    name: 'names of the baseline',
    counts: 'lists',
    sql: `
      SELECT CASE WHEN d.digest IS DISTINCT FROM ${digestOf('d.salt', `coalesce(c.content, '')`)}
                  THEN ${difference({ table: `'role_names, bot_names or group_names'`, run: BASELINE, detail: `'what the first night called roles, bots and groups is not what was published'` })}
             END AS difference
        FROM run_links l LEFT JOIN digests d ON d.run_id = l.run_id AND d.subject = 0
        CROSS JOIN (${NAMES_CONTENT.replaceAll('$1', BASELINE)}) c
       WHERE l.run_id = ${BASELINE}`,
  },
  {
    name: 'links',
    counts: 'runs in the chain',
    sql: `
      WITH chain AS (
        SELECT r.id, r.status, r.as_of, ${RUN_FACTS} AS seen_facts, l.*, lag(l.link) OVER w AS link_before,
               l.run_id IS NOT NULL AND lag(r.id) OVER w IS NOT NULL AND lag(l.run_id) OVER w IS NULL AS skips
          FROM runs r LEFT JOIN run_links l ON l.run_id = r.id
         WHERE r.status = 'published' OR l.run_id IS NOT NULL
        WINDOW w AS (ORDER BY r.as_of)
      )
      SELECT CASE
               WHEN l.status <> 'published' THEN ${inRuns(`'was published once, and is ' || l.status || ' now'`)}
               WHEN l.skips THEN ${inLinks(`'the published run before it has no link'`)}
               WHEN l.facts <> l.seen_facts THEN ${inRuns(`'the row of the run is not what was published'`)}
               WHEN (l.items, l.item_count) IS DISTINCT FROM (coalesce(i.items, ${NO_ITEMS}), coalesce(i.item_count, 0))
               THEN ${difference({ table: `'digests'`, run: 'l.run_id', detail: `'the digests are not those the run was published with'` })}
               WHEN l.previous IS DISTINCT FROM l.link_before THEN ${inLinks(`'does not follow from the link of the run before it'`)}
               WHEN l.link <> ${linkOf('l.previous', 'l.facts', 'l.items')} THEN ${inLinks(`'the link is not the hash of what it covers'`)}
             END AS difference
        FROM chain l LEFT JOIN (${itemsOf('true')}) i ON i.run_id = l.run_id
       WHERE l.run_id IS NOT NULL`,
  },
];
