// Says what every script of package.json does. A test keeps the two in step.
const SCRIPTS = [
  {
    group: 'Use it',
    scripts: {
      demo: 'embedded PostgreSQL, a simulated account, two nights, and what changed',
      'kore-sync': 'the program: npm run -s kore-sync -- --help',
    },
  },
  {
    group: 'Check it',
    scripts: {
      test: 'all tests; those that need Redis find one or say that they were skipped',
      'test:soak':
        'nights within the API limits against the least time, and long runs of strange replies and faults; on a quiet machine',
      'test:chaos':
        'kills at every commit point on both engines, and hundreds of random sequences of days, faults and crashes',
      check: 'types, lint, format and import rules',
      'check:types': 'the TypeScript compiler',
      'check:lint': 'ESLint, without a single warning',
      'check:format': 'Prettier',
      'check:imports': 'who may import whom',
      fix: 'format, and mend what the linter can mend',
      'fix:readme': 'write the tables of the README anew, from the code and the database',
      'fix:queries': 'write the results in docs/queries.md anew, from the demo data',
      bench: 'measure speed, memory and what is written, beside two other ways of doing it',
      'bench:costs': 'count what a night costs per user and per batch',
      'bench:history':
        'measure what analysts ask of a year of nights of a million people; takes long and much disk',
      'bench:output': 'measure the commands that show a night of a million changes, and their memory',
    },
  },
  {
    group: 'Build it',
    scripts: {
      build: 'dist/, unless it is up to date; the other scripts do so by themselves',
      generate: 'the Prisma client from prisma/schema.prisma',
      help: 'this list',
    },
  },
];

const width = Math.max(...SCRIPTS.flatMap(({ scripts }) => Object.keys(scripts).map(({ length }) => length)));
const groups = SCRIPTS.map(({ group, scripts }) =>
  [group, ...Object.entries(scripts).map(([name, line]) => `  ${name.padEnd(width)}  ${line}`)].join('\n'),
);
process.stdout.write(`npm run SCRIPT\n\n${groups.join('\n\n')}\n`);
