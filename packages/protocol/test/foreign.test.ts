import { isChannel } from "@signalbox/protocol";
import { checkEvent } from "@signalbox/protocol/schemas";
import { expect, test } from "vitest";
import { vectors } from "./vectors.ts";

test.each(vectors("foreign").cases)("S5 $name stands for a valid event", ({ event }) => {
  expect(checkEvent(event.type, event.data)).toEqual({ ok: true });
  expect(isChannel(event.channel)).toBe(true);
});
