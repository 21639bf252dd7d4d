/**
 * A viewer over WebSocket that reads nothing until it gets SIGUSR2. Exits with the number it was closed with, less 3000.
 */
import WebSocket from "ws";

const [url = "", token = ""] = process.argv.slice(2);
const socket = new WebSocket(`${url.replace("http", "ws")}/v1/ws`, "signalbox.v1", {
  headers: { authorization: `Bearer ${token}` },
});
socket.on("open", () => {
  socket.send(JSON.stringify({ id: "c", type: "connect", data: { client: "molasses" } }));
  socket.send(JSON.stringify({ id: "s", type: "subscribe", data: { channel: "agent:a" } }));
});
socket.on("message", (data) => {
  const { metadata } = JSON.parse(String(data)) as { metadata?: { correlationId?: string } };
  // From here on what comes stays in the network.
  if (metadata?.correlationId === "s") socket.pause();
});
process.on("SIGUSR2", () => socket.resume());
socket.on("close", (code) => process.exit(code - 3_000));
