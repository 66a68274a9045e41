export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The JSON value with one field changed, wherever the path leads: through a list, to each of its elements. What has
 * no such field gets one, but no field above it. A field changed to undefined is left out of the JSON text.
 */
export function changeField(value: unknown, path: string, change: (before: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((element: unknown) => changeField(element, path, change));
  if (!isFields(value)) return value;
  const dot = path.indexOf('.');
  if (dot === -1) return { ...value, [path]: change(value[path]) };
  const key = path.slice(0, dot);
  const rest = path.slice(dot + 1);
  return { ...value, [key]: changeField(value[key], rest, change) };
}

/** Undefined where the path leads nowhere; it does not lead through lists. */
export function readField(value: unknown, path: string): unknown {
  return path.split('.').reduce((inner, key) => (isFields(inner) ? inner[key] : undefined), value);
}
