/** `g`, then a letter: goes to a view. */
import type { Place } from "./places.tsx";

export const goKeys: Readonly<Record<Place["to"], string>> = {
  "/": "f",
  "/approvals": "a",
  "/timeline": "t",
  "/alerts": "l",
  "/agents": "e",
  "/sessions": "s",
  "/processes": "p",
  "/tests": "x",
  "/memory": "m",
  "/github": "h",
  "/browsers": "b",
  "/metrics-and-cost": "r",
  "/connections": "n",
  "/messages": "w",
  "/audit": "u",
  "/connect": "c",
  "/settings": ",",
};

const places = new Map(Object.entries(goKeys).map(([to, key]) => [key, to as Place["to"]]));

/** The second key must follow this soon. */
const withinMs = 2_000;

export interface KeySequence {
  /** When `g` was pressed; undefined: nothing is pending. */
  sinceMs: number | undefined;
  /** Where to go now. */
  to?: Place["to"];
}

/** What a key means after those before it. */
export function afterKey({ sinceMs }: KeySequence, key: string, nowMs: number): KeySequence {
  if (sinceMs !== undefined && nowMs - sinceMs <= withinMs) {
    const to = places.get(key);
    return { sinceMs: undefined, ...(to === undefined ? {} : { to }) };
  }
  return { sinceMs: key === "g" ? nowMs : undefined };
}
