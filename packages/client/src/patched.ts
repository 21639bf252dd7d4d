/** A JSON Patch as the gateway makes them (RFC 6902: add, remove, replace), on values that never change in place. */
import type { PatchOperation } from "@signalbox/protocol";

/** The state after all steps; parts that no step touches are the same objects. Throws where a step does not fit. */
export const patched = (state: unknown, patch: readonly PatchOperation[]): unknown =>
  patch.reduce((now, step) => change(now, keysOf(step.path), step), state);

function change(value: unknown, [key, ...rest]: readonly string[], step: PatchOperation): unknown {
  if (key === undefined) return step.op === "remove" ? undefined : step.value;
  const insert = !rest.length && step.op === "add";
  const remove = !rest.length && step.op === "remove";
  if (Array.isArray(value)) {
    const at = key === "-" ? value.length : Number(key);
    if (!(at < value.length + Number(insert))) throw new Error(step.path);
    const next: unknown[] = [...value];
    if (remove) next.splice(at, 1);
    else next.splice(at, Number(!insert), change(value[at], rest, step));
    return next;
  }
  if (typeof value !== "object" || value === null || !(insert || Object.hasOwn(value, key))) throw new Error(step.path);
  // A computed name is a member like others, `__proto__` too.
  if (!remove) return { ...value, [key]: change(Reflect.get(value, key), rest, step) };
  const { [key]: _, ...left }: Record<string, unknown> = { ...value };
  return left;
}

const keysOf = (path: string): string[] =>
  path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
