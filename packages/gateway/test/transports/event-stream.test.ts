import { EventSource } from "eventsource";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sseText } from "../../src/transports/event-stream.ts";

/** What an independent client makes of a stream. */
function read(text: string, event: string): Promise<{ data: string; id: string }> {
  return new Promise((resolve, reject) => {
    const source = new EventSource("http://signalbox.test/", {
      fetch: () => Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } })),
    });
    source.addEventListener(event, ({ data, lastEventId }: MessageEvent) => {
      source.close();
      resolve({ data, id: lastEventId });
    });
    source.addEventListener("error", () => {
      source.close();
      reject(new Error(`no event ${event} came out of ${JSON.stringify(text)}`));
    });
  });
}

const text = fc.string({ unit: "binary" });

test("A28 whatever is in data, id and name, one event comes out, with exactly that data", async () => {
  await fc.assert(
    fc.asyncProperty(text, text, text, async (data, id, name) => {
      const clean = (dirty: string): string => dirty.replace(/[\r\n\0]/g, "");
      const event = `x${name}`;
      const got = await read(sseText({ data, id, event }), clean(event));
      expect(got).toEqual({ data: data.replace(/\r\n|\r/g, "\n"), id: clean(id) });
    }),
    { numRuns: 200 },
  );
});

test.each(["a\rb", "a\nb", "a\r\nb", "\n", "a\n\ndata: forged\n\n", "\r\rid: 7"])("A28 %j stays one event", (data) => {
  expect(sseText({ data }).split("\n\n")).toHaveLength(2);
});
