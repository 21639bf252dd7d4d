/** Engine.IO by hand, for what no client would send. */

import type { TestGateway } from "../../support/gateway.ts";
import { type RawAnswer, rawRequest } from "../../support/raw.ts";

export interface Polling {
  readonly sid: string;
  poll(): Promise<RawAnswer>;
  send(body: string | Buffer, headers?: Record<string, string>): Promise<RawAnswer>;
  /** What polls bring until it is there; the last answer. */
  until(text: string): Promise<string>;
}

const path = (version: 3 | 4, more = ""): string => `/socket.io/?EIO=${version}&transport=polling${more}`;

/** A session that has not joined the namespace, of version 3 with its token in the header. */
export async function openPolling(gateway: TestGateway, version: 3 | 4 = 4): Promise<Polling> {
  const anonymous = version === 4;
  const opened = await rawRequest(gateway, path(version), { anonymous });
  const [, sid = ""] = /"sid":"([^"]+)"/.exec(opened.body) ?? [];
  const at = path(version, `&sid=${sid}`);
  const poll = (): Promise<RawAnswer> => rawRequest(gateway, at, { anonymous });
  return {
    sid,
    poll,
    send: (body, headers = {}) =>
      rawRequest(gateway, at, {
        method: "POST",
        body: version === 3 && typeof body === "string" ? `${[...body].length}:${body}` : body,
        anonymous,
        headers: { "content-type": "text/plain;charset=UTF-8", ...headers },
      }),
    until: async (text) => {
      for (let all = ""; ; ) {
        const { status, body } = await poll();
        all += body;
        if (all.includes(text)) return all;
        if (status !== 200) throw new Error(`${status} before ${text}: ${all}`);
      }
    },
  };
}
