import fc from 'fast-check';
import type { Reply } from '../../src/kore/reply.ts';
import { loadSample, SAMPLES } from './users-info.ts';

/** Those of the samples among them. */
export const ADDRESSES = [
  'john.doe@example.com',
  'a3q4',
  'test@test.com',
  'publicuser3@gmail.com',
  'jane@example.com',
];

/** Words the API uses, so that chance meets the code that looks for them. */
const WORDS = [
  ...['emailIds', 'userInfo', 'emailId', 'userId', 'status', 'reason', 'errors', 'msg', 'message', 'code'],
  ...['roles', 'btRoles', 'adminRoles', 'roleId', 'botId', 'groups', 'groupId', 'assignBotTasks', 'dialogs'],
  ...['orgUserId', 'lastLogin', 'failure', 'active', 'Invalid emailId', 'User not found', '__proto__', ''],
  ...ADDRESSES,
];

const scalars: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...WORDS,
    null,
    true,
    false,
    400,
    4002,
    429,
    500,
    -0,
    1e400,
    '400',
    '\u0000',
    '\ud800',
  ),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.string({ minLength: 250, maxLength: 600 }),
);

/** JSON of any shape. */
export const anything: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...WORDS), tie('value'), { maxKeys: 6 }),
  ),
})).value;

/** What else a reply may say, apart from its body. */
export const replies: fc.Arbitrary<Partial<Reply>> = fc.record(
  {
    status: fc.oneof(fc.constant(200), fc.integer({ min: 100, max: 599 })),
    contentType: fc.constantFrom('application/json', 'text/html', 'text/plain', '', undefined),
    retryAfter: fc.oneof(fc.constantFrom('7', '0', '-5', 'soon', '1e9', undefined), fc.string()),
    location: fc.option(fc.oneof(fc.webUrl(), fc.string()), { nil: undefined }),
  },
  { requiredKeys: [] },
);

/** Users and failures for the addresses asked, some of their fields strange. */
export function items(): fc.Arbitrary<unknown> {
  const odd = (value: fc.Arbitrary<unknown>) =>
    fc.oneof({ arbitrary: value, weight: 6 }, { arbitrary: anything, weight: 1 });
  const reason = fc.constantFrom<unknown>(
    'Invalid emailId',
    'Rate limit for this API has been reached.',
    'Something else',
    { errors: [{ msg: 'User not found. Please check the provided email address.', code: 400 }] },
    { errors: [{ msg: 'boom', code: 500 }] },
  );
  const role = fc.record(
    {
      roleId: odd(fc.constantFrom('r-1', 'r-2')),
      botId: odd(fc.constantFrom('b-1', 'b-2')),
      groups: odd(fc.constant(['g'])),
      grade: scalars,
    },
    { requiredKeys: [] },
  );
  return fc.record(
    {
      userInfo: odd(
        fc.record(
          {
            emailId: odd(
              fc.constantFrom(...ADDRESSES, ...ADDRESSES.map((address) => ` ${address.toUpperCase()}`)),
            ),
            userId: odd(fc.constantFrom('u-1', 'u-2')),
            status: odd(fc.constantFrom('active', 'failure', 'Failure')),
            reason: odd(reason),
            lastLogin: odd(fc.constantFrom('2026-03-01T00:00:00Z', '', null)),
            department: scalars,
          },
          { requiredKeys: [] },
        ),
      ),
      roles: odd(
        fc.record(
          { btRoles: odd(fc.array(odd(role))), adminRoles: odd(fc.array(odd(role))) },
          { requiredKeys: [] },
        ),
      ),
      groups: odd(fc.array(odd(fc.record({ groupId: odd(fc.constantFrom('g-1', 'g-2')) })))),
      assignBotTasks: odd(
        fc.array(
          odd(fc.record({ botId: odd(fc.constantFrom('b-1')), dialogs: odd(fc.constant(['d-2', 'd-1'])) })),
        ),
      ),
      isDeveloper: odd(fc.boolean()),
    },
    { requiredKeys: [] },
  );
}

/** A sample in which some values have been replaced and some keys taken out. */
export function mutations(): fc.Arbitrary<unknown> {
  const edit = fc.record({ at: fc.nat(200), value: fc.option(anything, { freq: 3, nil: undefined }) });
  return fc
    .tuple(fc.constantFrom(...SAMPLES), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([name, edits]) => edits.reduce(applyEdit, loadSample(name)));
}

function applyEdit(body: unknown, { at, value }: { readonly at: number; readonly value: unknown }): unknown {
  const places: { readonly holder: object; readonly key: string }[] = [];
  const visit = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null) return;
    for (const [key, inner] of Object.entries(holder)) {
      places.push({ holder, key });
      visit(inner);
    }
  };
  visit(body);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return value;
  if (value === undefined) Reflect.deleteProperty(place.holder, place.key);
  else
    Object.defineProperty(place.holder, place.key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return body;
}

/** As a server would write it. */
export function stringify(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}
