import tseslint from 'typescript-eslint';

/** Syntax nobody may use. A later `no-restricted-syntax` replaces an earlier one, so these lists are put together. */
const EVERYWHERE = [
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Use a named export: it keeps one name from definition to use.',
  },
  {
    selector: "MemberExpression[object.name='console']",
    message:
      'Show it to a person through a Terminal (src/cli/output.ts), or log it, which redacts (src/observe/log.ts).',
  },
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that defines it.' },
  {
    selector: 'ExportNamedDeclaration[source.value=/^\\./]',
    message: 'No barrels: import from the file that defines it.',
  },
];

const CORE = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.name='Date']",
    message: 'core/ has no clock: take the instant as an argument.',
  },
];

const NO_CLOCK = 'core/ has no clock: take the instant, or a delay to compute with, as an argument.';

/** Bans of our own, each saying what to do instead. They need no types: test/repo/bans.test.ts tries them all. */
const BANS = [
  {
    files: ['**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...EVERYWHERE],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts', 'jobs/**/*.ts'],
    rules: {
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 50],
    },
  },
  {
    files: ['src/**/*.ts', 'jobs/**/*.ts'],
    ignores: ['src/config/config.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message:
            'Only src/config/config.ts reads the environment: add a setting there, or take the value as an argument.',
        },
      ],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...EVERYWHERE, ...CORE],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: NO_CLOCK },
        {
          object: 'Math',
          property: 'random',
          message: 'core/ leaves nothing to chance: take a source of random numbers as an argument.',
        },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'core/ knows no process: take what it needs as an argument.' },
        { name: 'performance', message: NO_CLOCK },
        { name: 'setTimeout', message: NO_CLOCK },
        { name: 'setInterval', message: NO_CLOCK },
        { name: 'setImmediate', message: NO_CLOCK },
        { name: 'fetch', message: 'core/ has no I/O: return a value and let sync/ act on it.' },
        { name: 'crypto', message: 'core/ makes no random bytes and no hashes: take them as arguments.' },
      ],
    },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
];

export default tseslint.config(
  { ignores: ['dist/', 'src/store/generated/', 'node_modules/', '.kore-sync/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  ...BANS,
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
