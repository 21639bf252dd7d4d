/** §16.3: what swim-lanes draw of a channel, in columns. */
import { rowsIn, type TimelineColumns } from "@signalbox/core/timeline";
import { expect, test } from "vitest";
import { openGateway, type TestGateway } from "../support/gateway.ts";

interface Answer {
  epoch: string;
  floor: number;
  top: number;
  from: number;
  to: number;
  blocks: TimelineColumns[];
}

const base = 1_700_000_000_000;

const get = async (gateway: TestGateway, path: string): Promise<Answer> => {
  const response = await gateway.request(path);
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as Answer;
};

const rowsOf = ({ blocks }: Answer): Array<[offset: number, time: number, kind: string, state: string]> => {
  const rows: Array<[number, number, string, string]> = [];
  for (const block of blocks) rowsIn(block, ({ kind, state }, offset, time) => rows.push([offset, time, kind, state]));
  return rows;
};

const step = (at: number) => ({
  channel: "execution:e",
  type: at % 3 === 2 ? "note" : "step_update",
  timestamp: base + at * 7 - (at % 10 === 0 ? 50 : 0),
  data: { executionId: "e", stepId: `s${at >> 1}`, status: at % 2 === 0 ? "running" : "done" },
});

test("pages from the newest back to the oldest hold each row once, as it was published", async () => {
  const gateway = await openGateway({ limits: { timelineEvents: 7_000 } });
  const events = Array.from({ length: 12_300 }, (_, at) => step(at));
  for (let at = 0; at < events.length; at += 1_000) await gateway.publish(events.slice(at, at + 1_000));
  const expected = events.flatMap(({ type, timestamp, data }, at) =>
    type === "note" ? [] : [[at + 1, timestamp, "step", data.status]],
  );
  for (const _ of ["made", "kept"]) {
    const pages: Answer[] = [];
    for (let to: number | undefined; to === undefined || to > 0; ) {
      const page = await get(gateway, `/v1/channels/execution:e/timeline${to === undefined ? "" : `?to=${to}`}`);
      expect(page.to - page.from).toBeLessThan(7_000);
      expect(page.top).toBe(12_300);
      pages.unshift(page);
      to = page.from - 1;
    }
    expect(pages.flatMap(rowsOf)).toEqual(expected);
  }
});

test("a channel nobody published to has an empty one; a page is no larger than asked for", async () => {
  const gateway = await openGateway();
  expect(await get(gateway, "/v1/channels/execution:none/timeline")).toMatchObject({ top: 0, blocks: [] });
  await gateway.publish(Array.from({ length: 20 }, (_, at) => step(at)));
  const page = await get(gateway, "/v1/channels/execution:e/timeline?limit=5&to=12");
  expect([page.from, page.to, page.top]).toEqual([8, 12, 20]);
});
