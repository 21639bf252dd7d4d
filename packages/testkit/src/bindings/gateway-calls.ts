/** Requests of the suite to its gateway. */
import type { SuiteGateway } from "./harness.ts";

export interface Calls {
  post(path: string, body: unknown): Promise<void>;
  /** Events with these numbers, in order. */
  publish(channel: string, from: number, to: number): Promise<void>;
  /** A figure of `/metrics`. */
  figure(name: "signalbox_subscriptions" | "signalbox_sessions"): Promise<number>;
}

export function callsOf(gateway: SuiteGateway): Calls {
  const headers = (): Record<string, string> => ({
    authorization: `Bearer ${gateway.token}`,
    "content-type": "application/json",
  });
  const post: Calls["post"] = async (path, body) => {
    const answer = await fetch(gateway.url + path, { method: "POST", headers: headers(), body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await answer.body?.cancel();
  };
  return {
    post,
    publish: (channel, from, to) =>
      post(
        "/v1/events",
        Array.from({ length: to - from + 1 }, (_, at) => ({ type: "tick", channel, data: { n: from + at } })),
      ),
    async figure(name) {
      const answer = await fetch(`${gateway.url}/metrics`, { headers: headers() });
      const line = (await answer.text()).split("\n").find((each) => each.startsWith(`${name} `));
      if (!line) throw new Error(`/metrics has no ${name}`);
      return Number(line.slice(name.length));
    },
  };
}
