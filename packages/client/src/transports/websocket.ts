/** One WebSocket, spec §3: everything both ways at any time. */
import type { ErrorData, Message } from "@signalbox/protocol";
import { Chunks } from "../chunks.ts";
import { dataOf, decodeText } from "../decode.ts";
import { badAnswer, reasonOf, unreachable } from "../errors.ts";
import { unauthorized } from "../link-state.ts";
import { joined, outgoing } from "../outgoing.ts";
import type { Cause, Codec, Transport } from "../transport.ts";

export const websocketTransport = (Socket: typeof WebSocket, codec?: Codec): Transport => ({
  name: "websocket",
  duplex: true,
  quietMs: 0,
  asks: { chunks: true, ...codec?.asks },

  open({ access, token, newId }, { opening, received, closed }) {
    const socket = new Socket(`${access.base.replace(/^http/, "ws")}/v1/ws`, "signalbox.v1");
    const chunks = new Chunks();
    let opened = false;
    let done = false;
    let admitted = token === undefined;

    const end = (cause: Cause): void => {
      if (done) return;
      done = true;
      socket.close();
      closed(cause);
    };
    const authenticate = (proof = token): void => socket.send(outgoing(newId(), "auth_request", { token: proof }).text);
    const begin = (): void => {
      for (const text of opening().texts) socket.send(text);
    };
    /** The answer to the token; before it the gateway says nothing else. */
    const admit = (message: Message): void => {
      if (message.type === "auth_success") {
        admitted = true;
        begin();
      } else if (message.type === "auth_failure" || message.type === "error") {
        const error = dataOf<ErrorData>(message);
        end(error.temporary ? { problem: error } : { code: unauthorized, problem: error });
      }
    };

    const read = (data: string | ArrayBuffer): Message[] => {
      try {
        const text = typeof data === "string" ? data : chunks.take(new Uint8Array(data));
        return text === undefined ? [] : decodeText(text);
      } catch (error) {
        end({ problem: badAnswer(reasonOf(error)) });
        return [];
      }
    };
    socket.onopen = () => {
      opened = true;
      if (done) socket.close();
      else if (admitted) begin();
      else authenticate();
    };
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      const messages = done ? [] : read(data);
      if (admitted) received(messages);
      else for (const message of messages) admit(message);
    };
    socket.onclose = ({ code, reason }) => {
      if (opened) end({ code, name: reason });
      // Why is not told: no gateway, or something between that does not let WebSockets pass.
      else end({ problem: unreachable("The WebSocket could not be opened.") });
    };
    codec?.attach(socket, end);

    return {
      send(batch) {
        // While it closes nothing is lost: what has no answer is sent again on the next link.
        if (socket.readyState === 1) socket.send(joined(batch));
      },
      restart() {},
      renew(next) {
        if (socket.readyState === 1) authenticate(next);
      },
      close() {
        done = true;
        socket.close();
      },
    };
  },
});
