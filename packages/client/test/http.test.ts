import { describe, expect, test } from "vitest";
import { Access } from "../src/access.ts";
import { GatewayError } from "../src/errors.ts";
import { Http } from "../src/http.ts";
import type { ClientOptions } from "../src/types.ts";

interface Asked {
  url: string;
  method: string;
  authorization: string | null;
  body: string | undefined;
}

/** A gateway of prepared answers. */
function answering(...answers: Array<Response | Error>): { asked: Asked[]; fetch: typeof fetch } {
  const asked: Asked[] = [];
  return {
    asked,
    fetch: async (url, init = {}) => {
      const { method = "GET", body } = init;
      const authorization = new Headers(init.headers).get("authorization");
      asked.push({ url: String(url), method, authorization, body: body === undefined ? body : String(body) });
      const answer = answers.shift() ?? Response.json({});
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const open = (gateway: { fetch: typeof fetch }, options: Partial<ClientOptions> = {}): Http =>
  new Http(new Access({ url: "http://gateway.test/", ...options }, gateway.fetch));

const refusal = (status: number, name: string): Response =>
  Response.json({ error: { name, number: 1, message: "m", temporary: false, help: "h" } }, { status });

describe("requests", () => {
  test("go to the gateway's address with the token; a path prefix stays", async () => {
    const gateway = answering(Response.json({ hits: [] }));
    const http = open(gateway, { url: "https://host.test/box//", token: "secret" });
    expect(await http.request("/v1/search?q=x")).toEqual({ hits: [] });
    expect(gateway.asked).toEqual([
      { url: "https://host.test/box/v1/search?q=x", method: "GET", authorization: "Bearer secret", body: undefined },
    ]);
  });

  test("send a body as JSON", async () => {
    const gateway = answering(Response.json({ ok: 1 }), new Response(null, { status: 204 }));
    const http = open(gateway);
    expect(await http.request("/v1/x", { method: "POST", body: { a: [1] } })).toEqual({ ok: 1 });
    expect(gateway.asked[0]).toMatchObject({ method: "POST", body: '{"a":[1]}', authorization: null });
    expect(await http.request("/v1/x", { method: "DELETE" })).toBeUndefined();
  });

  test("§6.1 reject with the gateway's error and the status", async () => {
    const http = open(answering(refusal(403, "forbidden")));
    const error = await http.request("/v1/x").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      name: "forbidden",
      number: 1,
      message: "m",
      help: "h",
      status: 403,
      temporary: false,
    });
  });

  test("say when something else answers, or nobody", async () => {
    const http = open(
      answering(
        new Response("<h1>502</h1>", { status: 502 }),
        new Response("<h1>hello</h1>"),
        new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }),
      ),
    );
    await expect(http.request("/")).rejects.toMatchObject({ name: "bad_answer", status: 502, temporary: true });
    await expect(http.request("/")).rejects.toMatchObject({ name: "bad_answer", status: 200 });
    await expect(http.request("/")).rejects.toMatchObject({ name: "unreachable", message: "connect ECONNREFUSED" });
  });

  test("an aborted one rejects as fetch does", async () => {
    const abort = new AbortController();
    const http = open({
      fetch: async (_, init) => {
        const { signal } = init ?? {};
        if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener("abort", resolve));
        throw signal?.reason;
      },
    });
    const request = http.request("/", { signal: abort.signal });
    abort.abort();
    await expect(request).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("tokens", () => {
  test("a refused one is asked for once more, and the request repeated", async () => {
    let asked = 0;
    const gateway = answering(refusal(401, "unauthenticated"), Response.json({ ok: 1 }));
    const http = open(gateway, { token: () => `t${++asked}` });
    expect(await http.request("/v1/x", { method: "POST", body: 1 })).toEqual({ ok: 1 });
    expect(gateway.asked.map(({ authorization, body }) => [authorization, body])).toEqual([
      ["Bearer t1", "1"],
      ["Bearer t2", "1"],
    ]);
  });

  test("and not a third time", async () => {
    const gateway = answering(refusal(401, "unauthenticated"), refusal(401, "unauthenticated"));
    const http = open(gateway, { token: () => "same" });
    await expect(http.request("/")).rejects.toMatchObject({ name: "unauthenticated", status: 401 });
    expect(gateway.asked).toHaveLength(2);
  });

  test("one that cannot be renewed is not sent twice", async () => {
    const gateway = answering(refusal(401, "unauthenticated"));
    await expect(open(gateway, { token: "fixed" }).request("/")).rejects.toMatchObject({ status: 401 });
    expect(gateway.asked).toHaveLength(1);
  });

  test("a function is asked once for many requests, and again after it failed", async () => {
    let asked = 0;
    const token = (): string => {
      asked++;
      if (asked === 1) throw new Error("down");
      return "t";
    };
    const http = open(answering(), { token });
    await expect(http.request("/")).rejects.toMatchObject({ name: "token_failed", message: "down" });
    await Promise.all([http.request("/"), http.request("/")]);
    expect(asked).toBe(2);
  });
});

test("fetch leaves the answer as it is, and the caller's headers too", async () => {
  const gateway = answering(new Response("line\n", { status: 418 }));
  const response = await open(gateway, { token: "t" }).fetch("/v1/x", { headers: { authorization: "Basic x" } });
  expect([response.status, await response.text()]).toEqual([418, "line\n"]);
  expect(gateway.asked[0]?.authorization).toBe("Basic x");
});
