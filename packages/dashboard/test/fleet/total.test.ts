import { expect, test } from "vitest";
import { countChannels } from "../../src/fleet/total.ts";

const page = (many: number, next?: string) => ({ channels: Array.from({ length: many }), ...(next ? { next } : {}) });

test("channels are counted page by page, pattern by pattern", async () => {
  const asked: string[] = [];
  const ask = async (path: string) => {
    asked.push(path);
    if (path.includes("session")) return page(4);
    return path.includes("after=agent") ? page(200) : page(1_000, "agent:x");
  };
  expect(await countChannels(ask, ["agent:*", "session:*"])).toEqual({ many: 1_204, more: false });
  expect(asked).toHaveLength(3);
  expect(asked[1]).toContain("after=agent%3Ax");
});

test("after so many that there are more is enough to know", async () => {
  expect(await countChannels(async () => page(1_000, "more"), ["agent:*"])).toEqual({ many: 50_000, more: true });
});
