import { matchesPattern } from "@signalbox/protocol";
import { expect } from "vitest";
import { entry, type Trial } from "./trial.ts";

const names = [
  "roomy",
  "roomy:",
  "roomy:a_b",
  "roomy:axb",
  "roomy:a",
  "roomy:a%b",
  "roomy:ab",
  "roomy:z~",
  "roomy:Z",
  "relaxed:a",
  "roomy:a/b:c@d",
].filter((name) => !name.endsWith(":"));

export function listingTests(trial: Trial): void {
  trial.test("channels are listed by name, by pattern, a page at a time", async () => {
    const { store, reopen } = await trial.open();
    await store.append(names.map((name, i) => entry(name, i)));
    const again = (await reopen?.()) ?? store;
    await again.append([entry("roomy:late", 1)]);
    const sorted = [...names, "roomy:late"].sort((a, b) => (a < b ? -1 : 1));
    for (const pattern of [
      "*",
      "roomy:*",
      "roomy:a*",
      "roomy:a_*",
      "relaxed:*",
      "weighed:*",
      "roomy:a",
      "roomy",
      "roomy:none",
    ]) {
      const expected = sorted.filter((name) => matchesPattern(pattern, name));
      for (const limit of [1, 3, 100]) {
        const listed: string[] = [];
        for (;;) {
          const page = await again.list(pattern, listed.at(-1) ?? "", limit);
          expect(page.length).toBeLessThanOrEqual(limit);
          listed.push(...page.map(({ channel }) => channel));
          if (page.length < limit) break;
        }
        expect([pattern, ...listed]).toEqual([pattern, ...expected]);
      }
    }
    expect(await again.list("roomy:late", "", 10)).toEqual([await again.info("roomy:late")]);
  });

  trial.test("a listing says what each channel holds now", async () => {
    const { store } = await trial.open();
    await store.append([entry("roomy:a", 1), entry("roomy:b", 2), entry("roomy:b", 3)]);
    expect(await store.list("roomy:*", "", 10)).toMatchObject([
      { channel: "roomy:a", epoch: store.epoch, floor: 1, top: 1 },
      { channel: "roomy:b", epoch: store.epoch, floor: 1, top: 2 },
    ]);
  });
}
