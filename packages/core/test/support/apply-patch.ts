/** RFC 6902 as tests need it: on a copy, and loud about what does not fit. */
import type { PatchOperation } from "@signalbox/protocol";

export function applyPatch(before: unknown, patch: readonly PatchOperation[]): unknown {
  const holder: { root: unknown } = { root: JSON.parse(JSON.stringify(before)) };
  for (const step of patch) {
    const keys = [
      "root",
      ...step.path
        .split("/")
        .slice(1)
        .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")),
    ];
    const last = keys.pop() ?? "";
    let at: unknown = holder;
    for (const key of keys) at = own(at, key);
    if (Array.isArray(at)) {
      const index = last === "-" ? at.length : Number(last);
      if (step.op === "remove") at.splice(index, 1);
      else at.splice(index, step.op === "add" ? 0 : 1, step.value);
    } else if (step.op === "remove") {
      own(at, last);
      Reflect.deleteProperty(Object(at), last);
    } else {
      if (step.op === "replace") own(at, last);
      Object.defineProperty(at, last, { value: step.value, writable: true, enumerable: true, configurable: true });
    }
  }
  return holder.root;
}

function own(of: unknown, key: string): unknown {
  if (typeof of !== "object" || of === null || !Object.hasOwn(of, key)) throw new Error(`there is no ${key}`);
  return Reflect.get(of, key);
}
