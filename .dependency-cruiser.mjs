/** What a file may import: docs/decisions/0007-simulator-shares-no-code.md and the layout in the README. */

/** Parts that touch the outside world. They know `core` and nobody else, so each can be read and tested by itself. */
const PARTS = 'roster|kore|store|queue|alerts|schedule|embedded|observe';

const EDGES = '^src/(cli/|check/|app\\.ts$|main\\.ts$)';
const SETTINGS = '^src/config/';
const GENERATED = '^src/store/generated/';

/** Each library in the place that hides it from the rest. */
const HOMES = [
  [
    'got',
    'src/(kore|http)/',
    'Its errors carry the address and every header, the token among them; kore/ and http/ know what may be passed on.',
  ],
  ['jose', 'src/kore/', 'Tokens are made in kore/. The simulated account checks them by itself.'],
  [
    '@prisma',
    'src/store/',
    'PostgreSQL is reached through store/, which says what a function reads and writes.',
  ],
  [
    'pg',
    'src/(store|embedded|queue)/',
    'The store, the server that comes along, and the queue that lives in PostgreSQL.',
  ],
  ['bullmq', 'src/queue/', 'There is one place where an error becomes a retry.'],
  ['ioredis', 'src/queue/', 'Redis is one of two engines of the queue, and nothing else may lean on it.'],
  [
    'node-cron',
    'src/(schedule/|config/start-settings\\.ts)',
    'The clock only enqueues. What it is told is read by the same library.',
  ],
  [
    'luxon',
    'src/(schedule|cli)/',
    'Time zones end where instants begin: in the schedule and at the terminal.',
  ],
  ['prom-client', 'src/observe/', 'What is measured is named in one place.'],
  ['csv-parse', 'src/roster/', 'Formats of files end where entries begin.'],
  [
    'zod',
    'src/(config|kore|queue)/',
    'What comes from outside is parsed where it enters; inside, types are enough.',
  ],
  ['pino', 'src/observe/', 'One logger, which redacts (I8).'],
  [
    'cli-table3',
    'src/report/',
    'What is shown is made in report/, where text from the directory is made printable.',
  ],
  ['string-width', 'src/report/', 'How wide text is matters where tables are made.'],
  ['csv-stringify', 'src/report/', 'What leaves as CSV is made harmless for spreadsheets in one place.'],
  ['fastest-levenshtein', 'src/cli/', 'Only a person at a terminal has misspelt something.'],
  ['nodemailer', 'src/alerts/', 'Mail is one of the channels of alerts.'],
  ['standardwebhooks', 'src/alerts/', 'Signed posts are one of the channels of alerts.'],
  ['escape-goat', 'src/(alerts|report)/', 'HTML is made where mails and reports are.'],
  ['yaml', 'src/config/yaml-lines\\.ts$', 'A file people write is read with its line numbers, in one place.'],
  ['cli-progress', 'src/cli/', 'A progress bar belongs to a terminal.'],
  ['commander', 'src/(cli/|main\\.ts$)', 'Arguments are parsed at the edge.'],
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'core-is-pure',
      comment:
        'core/ decides, from its arguments alone: no library, no I/O, no other folder. That is why it can be tested by properties.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: '^src/core/' },
    },
    {
      name: 'parts-do-not-know-each-other',
      comment: `${PARTS.replaceAll('|', ', ')} import core/ and their own library; sync/ ties them together.`,
      severity: 'error',
      from: { path: `^src/(${PARTS})/` },
      to: { path: '^(src|jobs)/', pathNot: ['^src/core/', '^src/http/', '^src/$1/'] },
    },
    {
      name: 'http-knows-nobody',
      comment: 'http/ posts what it is given, wherever it is told: who is told what, others decide.',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^(src|jobs)/', pathNot: '^src/(core|http)/' },
    },
    {
      name: 'http-is-for-those-who-are-told',
      comment:
        'Alerts and the watcher outside are posted to. Kore.ai is asked through kore/, which knows what its answers mean.',
      severity: 'error',
      from: { path: `^src/(?!alerts/)(${PARTS})/` },
      to: { path: '^src/http/' },
    },
    {
      name: 'configuration-knows-nobody',
      comment: 'Configuration is read before anything is built, so it can lean on nothing that is.',
      severity: 'error',
      from: { path: SETTINGS },
      to: { path: '^(src|jobs)/', pathNot: ['^src/core/', SETTINGS] },
    },
    {
      name: 'sync-ties-the-parts',
      comment:
        'A use case speaks to roster, kore, store, queue and alerts, and to nothing above or beside it.',
      severity: 'error',
      from: { path: '^src/sync/' },
      to: { path: '^(src|jobs)/', pathNot: '^src/(sync|core|roster|kore|store|queue|alerts)/' },
    },
    {
      name: 'sync-uses-no-library',
      comment: 'What a use case does must not depend on which library does it.',
      severity: 'error',
      from: { path: '^src/sync/' },
      to: { path: 'node_modules/' },
    },
    {
      name: 'jobs-are-thin',
      comment:
        'A job parses its payload and calls one use case. It says when, sync/ says what, core/ says whether.',
      severity: 'error',
      from: { path: '^jobs/' },
      to: { pathNot: '^(jobs|src/(core|sync|queue))/' },
    },
    {
      name: 'jobs-take-types-of-the-queue',
      comment:
        'A job knows the shape of a handler; whether Redis or PostgreSQL calls it is not its business.',
      severity: 'error',
      from: { path: '^jobs/' },
      to: { path: '^src/queue/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'report-shows-what-it-is-given',
      comment: 'report/ makes text of values; it knows their types, and loads nothing.',
      severity: 'error',
      from: { path: '^src/report/' },
      to: { path: '^(src|jobs)/', pathNot: '^src/(report|core)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'simulator-shares-no-code',
      comment:
        "An account that shares code with its reader would agree with the reader's mistakes (decision 7).",
      severity: 'error',
      from: { path: '^src/simulator/' },
      to: { pathNot: '^src/simulator/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'simulator-is-for-trying-out',
      comment:
        'Only the commands that offer it may know the simulated account: real nights never come near it.',
      severity: 'error',
      from: { path: '^(src|jobs)/', pathNot: '^src/(cli|simulator)/' },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'edges-are-not-imported',
      comment:
        'app.ts builds everything, cli/ starts it, and check/ tries every part. Whatever imports them back knows where it is run.',
      severity: 'error',
      from: { path: '^(src|jobs)/', pathNot: EDGES },
      to: { path: EDGES },
    },
    {
      name: 'app-knows-no-command',
      comment: 'app.ts is built by commands, by tests and by benchmarks; it cannot know which.',
      severity: 'error',
      from: { path: '^src/app\\.ts$' },
      to: { path: '^src/(cli/|check/|main\\.ts$)' },
    },
    {
      name: 'check-asks-the-parts',
      comment:
        'Each part says itself what it sees of its driver; check/ judges it. And it is one command, which knows no other.',
      severity: 'error',
      from: { path: '^src/check/' },
      to: { path: '^(node_modules/(?!@types/)|src/(cli|simulator|report)/|src/main\\.ts$|jobs/)' },
    },
    ...HOMES.map(([library, home, reason]) => ({
      name: `${library}-has-one-home`,
      comment: reason,
      severity: 'error',
      from: { path: '^(src|jobs)/', pathNot: `^${home}` },
      to: { path: `node_modules/${library}/` },
    })),
    {
      name: 'product-needs-no-test',
      comment: 'What is installed has neither the tests nor the development dependencies.',
      severity: 'error',
      from: { path: '^(src|jobs)/' },
      to: { path: '^test/' },
    },
    {
      name: 'product-needs-no-development-dependency',
      comment:
        'npm ci --omit=dev must be enough to run it. Types may come from anywhere: they are gone by then.',
      severity: 'error',
      from: { path: '^(src|jobs)/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm'],
      },
    },
    {
      name: 'no-cycle',
      comment: 'Of two files that need each other neither can be read first.',
      severity: 'error',
      from: { path: '^(src|jobs)/', pathNot: GENERATED },
      to: { circular: true },
    },
    {
      name: 'nothing-unused',
      comment:
        'A file the program does not reach is dead, whatever tests it. Benchmarks have an account of their own making.',
      severity: 'error',
      from: { path: '^(src/main\\.ts|test/bench/.*)$' },
      to: { path: '^(src|jobs)/', pathNot: ['^src/main\\.ts$', GENERATED, '\\.d\\.ts$'], reachable: false },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere escapes all other rules.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    skipAnalysisNotInRules: true,
  },
};
