import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { acceptsGzip } from "../../src/http/compress.ts";
import { numbered, openGateway, type TestGateway, tempDir, token } from "../support/gateway.ts";

interface Answer {
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** As it comes over the network: fetch would unpack it. */
function get(gateway: TestGateway, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = { authorization: `Bearer ${token}`, ...headers };
    const sent = request(gateway.url + path, { headers: all }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

const gzip = { "accept-encoding": "gzip" };

test.each(["/v1/channels/global:a/events", "/v1/channels", "/openapi.json", "/metrics"])(
  "%s is gzipped for those who accept it, and says that it may be",
  async (path) => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global:a", 1, 50, "a text that repeats itself"));
    await gateway.publish(Array.from({ length: 20 }, (_, n) => ({ type: "note", channel: `global:${n}` })));
    const plain = await get(gateway, path);
    const packed = await get(gateway, path, gzip);
    expect(plain.headers).not.toHaveProperty("content-encoding");
    expect(packed.headers).toMatchObject({ "content-encoding": "gzip", vary: "accept-encoding" });
    expect(plain.headers.vary).toBe("accept-encoding");
    expect(packed.headers["content-type"]).toBe(plain.headers["content-type"]);
    expect(Number(packed.headers["content-length"])).toBe(packed.body.length);
    expect(packed.body.length).toBeLessThan(plain.body.length / 2);
    const text = gunzipSync(packed.body).toString();
    // Figures of a scrape are of its moment.
    if (path !== "/metrics") expect(text).toBe(plain.body.toString());
  },
);

test("short answers and streams are left as they are", async () => {
  const gateway = await openGateway();
  await gateway.publish(numbered("global:a", 1, 50, "a text that repeats itself"));
  const short = await get(gateway, "/v1/channels/global:a", gzip);
  expect(short.headers).not.toHaveProperty("content-encoding");
  expect(short.headers).not.toHaveProperty("vary");
  const controller = new AbortController();
  const stream = await gateway.request("/v1/channels/global:a/events?since=earliest", {
    headers: { ...gzip, accept: "text/event-stream" },
    signal: controller.signal,
  });
  expect(stream.headers.get("content-type")).toContain("text/event-stream");
  expect(stream.headers.has("content-encoding")).toBe(false);
  controller.abort();
});

test("a page of an allowed origin finds both reasons in Vary", async () => {
  const gateway = await openGateway({ allowedOrigins: ["https://ops.example.org"] });
  const { headers } = await get(gateway, "/openapi.json", { ...gzip, origin: "https://ops.example.org" });
  expect(headers.vary).toBe("origin, accept-encoding");
});

test("files of the dashboard come as they were compressed when it was built", async () => {
  const dashboardDir = tempDir();
  mkdirSync(join(dashboardDir, "assets"));
  const page = "<title>Signalbox</title>";
  const script = "console.log(1)";
  writeFileSync(join(dashboardDir, "index.html"), page);
  writeFileSync(join(dashboardDir, "index.html.gz"), gzipSync(page));
  writeFileSync(join(dashboardDir, "assets/a-1.js"), script);
  writeFileSync(join(dashboardDir, "assets/a-1.js.gz"), gzipSync(script));
  writeFileSync(join(dashboardDir, "assets/b-1.js"), script);
  const gateway = await openGateway({ dashboardDir });
  for (const [path, text, type, caching] of [
    ["/", page, /^text.html; charset=utf-8$/, "no-cache"],
    ["/assets/a-1.js", script, /^(text|application).javascript; charset=utf-8$/, "public, max-age=31536000, immutable"],
  ] as const) {
    const packed = await get(gateway, path, gzip);
    const about = { "content-type": expect.stringMatching(type), "cache-control": caching };
    expect(packed.headers).toMatchObject({ ...about, "content-encoding": "gzip", vary: "accept-encoding" });
    expect(gunzipSync(packed.body).toString()).toBe(text);
    const plain = await get(gateway, path);
    expect(plain.headers).toMatchObject({ ...about, vary: "accept-encoding" });
    expect(plain.headers).not.toHaveProperty("content-encoding");
    expect(plain.body.toString()).toBe(text);
  }
  const other = await get(gateway, "/assets/b-1.js", gzip);
  expect(other.headers).not.toHaveProperty("content-encoding");
  expect(other.body.toString()).toBe(script);
});

describe("Accept-Encoding", () => {
  test.each([
    ["gzip", true],
    ["GZIP", true],
    ["br, gzip;q=0.5", true],
    ["deflate, x-gzip", true],
    ["*", true],
    ["identity, *;q=0.1", true],
    ["gzip;q=0", false],
    ["gzip; q=0.000, *", false],
    ["*;q=0", false],
    ["br", false],
    ["gzipped", false],
    ["", false],
    [undefined, false],
  ])("%j: %j", (header, accepted) => {
    expect(acceptsGzip(header)).toBe(accepted);
  });
});
