/** One WebSocket, spec §3: everything both ways at any time. */
import type { ErrorData, Message } from "@signalbox/protocol";
import { closeCodes } from "@signalbox/protocol";
import { dataOf, decodeText } from "../decode.ts";
import { joined } from "../joined.ts";
import type { Cause, Transport } from "../transport.ts";

export const websocketTransport = (Socket: typeof WebSocket): Transport => ({
  name: "websocket",
  duplex: true,
  quietMs: 0,

  open({ http, token, newId }, { opening, received, closed }) {
    const socket = new Socket(`${http.base.replace(/^http/, "ws")}/v1/ws`, "signalbox.v1");
    let done = false;
    let admitted = token === undefined;

    const end = (cause: Cause): void => {
      if (done) return;
      done = true;
      socket.close();
      closed(cause);
    };
    const begin = (): void => {
      for (const text of opening().texts) socket.send(text);
    };
    /** The answer to the token; before it the gateway says nothing else. */
    const admit = (message: Message): void => {
      if (message.type === "auth_success") {
        admitted = true;
        begin();
      } else if (message.type === "auth_failure" || message.type === "error") {
        const problem = dataOf<ErrorData>(message);
        end(problem.temporary ? { problem } : { code: closeCodes.unauthorized.number, problem });
      }
    };

    socket.onopen = () => {
      if (done) socket.close();
      else if (admitted) begin();
      else socket.send(JSON.stringify({ id: newId(), type: "auth_request", data: { token } }));
    };
    socket.onmessage = ({ data }) => {
      const messages = done || typeof data !== "string" ? [] : decodeText(data);
      if (admitted) received(messages);
      else for (const message of messages) admit(message);
    };
    socket.onclose = ({ code }) => end({ code });

    return {
      send(batch) {
        // While it closes nothing is lost: what has no answer is sent again on the next link.
        if (socket.readyState === 1) socket.send(joined(batch));
      },
      restart() {},
      close() {
        done = true;
        socket.close();
      },
    };
  },
});
