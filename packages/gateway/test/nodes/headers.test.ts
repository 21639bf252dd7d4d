/** What goes along with a request that is passed on. */
import { expect, test } from "vitest";
import { endToEnd } from "../../src/nodes/forward/headers.ts";

test("headers of one connection end there, in whatever letters; those that Connection names too", () => {
  const raw = ["Host", "a", "CONNECTION", "close, X-Own", "x-own", "1", "Keep-Alive", "timeout=5", "TE", "trailers"];
  const further = [
    "Transfer-Encoding",
    "chunked",
    "Upgrade",
    "h2c",
    "Expect",
    "100-continue",
    "Proxy-Authorization",
    "x",
  ];
  const kept = ["Cookie", "a=1", "Cookie", "b=2", "Content-Length", "3", "X-Forwarded-For", "203.0.113.9"];
  expect(endToEnd([...raw, ...further, ...kept])).toEqual(["Host", "a", ...kept]);
  expect(endToEnd([...raw, ...kept], ["host"])).toEqual(kept);
});
