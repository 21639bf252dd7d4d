import { matchesFilter } from "@signalbox/protocol/schemas";
import { expect, test } from "vitest";
import { vectors } from "./vectors.ts";

test.each(vectors("filters").cases)("§4.5 $name: $matches", ({ filter, message, matches }) => {
  expect(matchesFilter(filter, message.type, message.data, message.metadata)).toBe(matches);
});
