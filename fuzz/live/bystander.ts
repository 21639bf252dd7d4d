/** Somebody who watches while others misbehave: after each batch an event is published and has to arrive, in order. */
import { ok, strictEqual } from "node:assert";
import { WebSocket } from "ws";
import { type LiveGateway, token } from "./gateway.ts";

export interface Bystander {
  /** Rejects unless the next publication comes, and the gateway's log has no fault. */
  check(): Promise<void>;
  close(): void;
}

const channel = "user:bystander";
/** Longer than any pause of a machine that is busy with something else. */
const patienceMs = 60_000;

export async function openBystander(gateway: LiveGateway): Promise<Bystander> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws`, ["signalbox.v1"], {
    headers: { authorization: `Bearer ${token}` },
  });
  let arrived: (message: { type: string; data: unknown; offset?: number }) => void = () => {};
  let failed: (error: Error) => void = () => {};
  socket.on("message", (data) => arrived(JSON.parse(String(data))));
  socket.on("close", (code) => failed(new Error(`the bystander was closed with ${code}`)));
  socket.on("error", (error) => failed(error));
  const next = (type: string): Promise<{ data: unknown; offset?: number }> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the bystander waits for ${type} in vain`)), patienceMs);
      failed = reject;
      arrived = (message) => {
        if (message.type !== type) return;
        clearTimeout(timer);
        resolve(message);
      };
    });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const subscribed = next("subscription_update");
  socket.send(JSON.stringify({ id: "s", type: "subscribe", data: { channel } }));
  await subscribed;
  let count = 0;
  return {
    check: async () => {
      strictEqual(socket.readyState, WebSocket.OPEN, "the bystander is still connected");
      const note = next("bystander_note");
      count++;
      socket.send(JSON.stringify({ type: "bystander_note", channel, data: { count } }));
      const { offset } = await note;
      ok(offset !== undefined && offset >= count, `the bystander got ${offset} for its event ${count}`);
      gateway.checkLog();
    },
    close: () => socket.terminate(),
  };
}
