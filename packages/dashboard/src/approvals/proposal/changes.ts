/** What somebody changed against the proposal, member by member. */

export interface Change {
  /** `replicas`, `env.NAME`, `paths[2]`; empty: the whole. */
  path: string;
  /** As JSON; undefined: it was not there. */
  before: string | undefined;
  after: string | undefined;
}

const changesAtMost = 100;

export function changesBetween(before: unknown, after: unknown): readonly Change[] {
  const changes: Change[] = [];
  const compare = (old: unknown, now: unknown, path: string): void => {
    if (changes.length >= changesAtMost) return;
    if (isObject(old) && isObject(now)) {
      const names = new Set([...Object.keys(old), ...Object.keys(now)]);
      for (const name of names) compare(own(old, name), own(now, name), path === "" ? name : `${path}.${name}`);
    } else if (Array.isArray(old) && Array.isArray(now)) {
      for (let at = 0; at < Math.max(old.length, now.length); at++) compare(old[at], now[at], `${path}[${at}]`);
    } else if (json(old) !== json(now)) changes.push({ path, before: json(old), after: json(now) });
  };
  compare(before, after, "");
  return changes;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const own = (value: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(value, name) ? value[name] : undefined;

const json = (value: unknown): string | undefined => JSON.stringify(value);
