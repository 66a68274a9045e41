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
        'that a night within the API limits takes hardly longer than it must; minutes, on a quiet machine',
      check: 'types, lint, format and import rules',
      'check:types': 'the TypeScript compiler',
      'check:lint': 'ESLint, without a single warning',
      'check:format': 'Prettier',
      'check:imports': 'who may import whom',
      fix: 'format, and mend what the linter can mend',
      'fix:readme': 'write the tables of the README anew, from the code and the database',
      bench: 'measure speed, memory and what is written, beside two other ways of doing it',
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
