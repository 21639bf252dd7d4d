import { expect, test } from "vitest";
import { openGateway, token } from "../support/gateway.ts";
import { rawBytes } from "../support/raw.ts";

test("A19 headers that do not end get 408 after headerMs", async () => {
  const gateway = await openGateway({ limits: { headerMs: 200 } });
  expect(await rawBytes(gateway, "GET /health/live HTTP/1.1\r\nX: ")).toMatch(/^HTTP\/1\.1 408 /);
});

test("A19 a body that does not end gets 408 after requestMs", async () => {
  const gateway = await openGateway({ limits: { headerMs: 200, requestMs: 300 } });
  const lines = [
    "POST /v1/events HTTP/1.1",
    `Host: 127.0.0.1:${gateway.port}`,
    `Authorization: Bearer ${token}`,
    "Content-Type: application/json",
    "Content-Length: 9",
  ];
  expect(await rawBytes(gateway, `${lines.join("\r\n")}\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 408 /);
});

test("a gateway starts when a whole request has less time than its headers", async () => {
  const gateway = await openGateway({ limits: { headerMs: 400, requestMs: 200 } });
  expect(await rawBytes(gateway, "GET /")).toMatch(/^HTTP\/1\.1 408 /);
});

test("an answer may take longer than a request", async () => {
  const gateway = await openGateway({ limits: { headerMs: 100, requestMs: 100 } });
  const subscribe = { id: "1", type: "subscribe", data: { channel: "agent:a", since: "now" } };
  const first = await gateway.request("/v1/poll", { method: "POST", body: JSON.stringify({ messages: [subscribe] }) });
  const { messages } = (await first.json()) as { messages: Array<{ data: { epoch: string; offset: number } }> };
  const [
    {
      data: { epoch, offset },
    } = { data: { epoch: "", offset: 0 } },
  ] = messages;
  const again = { ...subscribe, data: { channel: "agent:a", since: { epoch, offset } } };
  const body = JSON.stringify({ messages: [again], waitMs: 500 });
  expect((await gateway.request("/v1/poll", { method: "POST", body })).status).toBe(200);
});
