import { expect, test } from "vitest";
import { bearerToken, offeredProtocols } from "../../src/auth/tokens.ts";

test.each([
  [undefined, { token: undefined }],
  ["Bearer abc", { token: "abc" }],
  ["bearer abc", { token: "abc" }],
  ["Bearer", { wrong: expect.any(String) }],
  ["Bearer a b", { wrong: expect.any(String) }],
  ["Basic abc", { wrong: expect.any(String) }],
  ["", { wrong: expect.any(String) }],
])("Authorization %j", (authorization, found) => {
  expect(bearerToken(authorization === undefined ? {} : { authorization })).toEqual(found);
});

test.each([
  ["signalbox.v1", { token: undefined }],
  ["signalbox.v1, signalbox.token.a.b-c", { token: "a.b-c" }],
  ["signalbox.v1,signalbox.token64.YSBi", { token: "a b" }],
  ["x".repeat(8_193), { wrong: expect.any(String) }],
])("Sec-WebSocket-Protocol %.40s", (header, found) => {
  expect(offeredProtocols({ "sec-websocket-protocol": header }).found).toEqual(found);
});

test("A20 a hostile protocol header is read in linear time", () => {
  const header = `b${" ".repeat(8_000)}x`;
  expect(offeredProtocols({ "sec-websocket-protocol": header }).names).toEqual([header]);
});
