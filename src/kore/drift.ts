/** Where the fields of a response differ from what this version knows. */
export interface Drift {
  /** Notes the field `key` of what is at `path`; an item of a list is `key` `[]`. */
  note(path: string, key: string): void;
  paths(): readonly string[];
}

/** A response can make up any number of names; the report needs some. */
const MAX_PATHS = 100;
const PLAIN_KEY = /^[\w$-]{1,64}$/;

/** Paths come out sorted, each once. A name that is no plain word is masked: it could be an address (I8). */
export function createDrift(): Drift {
  const paths = new Set<string>();
  return {
    note(path, key) {
      if (paths.size >= MAX_PATHS) return;
      paths.add(joinPath(path, key));
    },
    paths: () => [...paths].sort(),
  };
}

function joinPath(path: string, key: string): string {
  if (key === '[]') return `${path}[]`;
  const name = PLAIN_KEY.test(key) ? key : '[masked]';
  return path === '' ? name : `${path}.${name}`;
}
