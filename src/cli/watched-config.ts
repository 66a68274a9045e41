import { readSurroundings, type Environment, type Surroundings } from '../config/config.ts';

/** The configuration of a command that a person watches: its log tells what goes wrong, unless it is asked for more. */
export function readWatchedConfig<Config>(
  parse: (env: Environment, surroundings: Surroundings) => Config,
): Config {
  const { env, surroundings } = readSurroundings();
  return parse(env, { ...surroundings, defaultLogLevel: 'warn' });
}
