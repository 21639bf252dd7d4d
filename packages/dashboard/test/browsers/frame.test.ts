import type { Publication } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { frameIn } from "../../src/browsers/frame.ts";

const event = (data: unknown): Publication =>
  ({ id: "e", type: "browser_update", channel: "browser:b", epoch: "x", offset: 3, timestamp: 9, data }) as Publication;

test("a picture comes in base64, as JPEG unless it says otherwise", async () => {
  const frame = frameIn(event({ screenshot: btoa("\u00ff\u00d8"), url: "https://x.example", title: 7 }));
  expect(frame).toMatchObject({ url: "https://x.example", title: "", at: 9, offset: 3 });
  if (typeof frame !== "object") throw new Error("no frame");
  expect(frame.picture.type).toBe("image/jpeg");
  expect([...new Uint8Array(await frame.picture.arrayBuffer())]).toEqual([0xff, 0xd8]);
});

test("an update without a picture is no frame", () => {
  expect(frameIn(event({ url: "https://x.example" }))).toBeUndefined();
  expect(frameIn(event(null))).toBeUndefined();
});

test.each([
  [{ screenshot: "****" }, "not base64"],
  [{ screenshot: "AAAA", mediaType: "image/svg+xml" }, "image/svg+xml"],
  [{ screenshot: "AAAA", mediaType: "text/html" }, "text/html"],
])("what cannot be shown is said: %j", (data, why) => {
  expect(frameIn(event(data))).toContain(why);
});
