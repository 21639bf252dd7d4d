import { connect as connectPlain } from "node:net";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { makeCertificate } from "../support/certificate.ts";
import { openGateway, tempDir } from "../support/gateway.ts";

/** A ClientHello whose server name is these bytes; the rest is as small as it may be. */
function hello(name: Buffer, kind = 0): Buffer {
  const sized = (length: 1 | 2 | 3, bytes: Buffer): Buffer => {
    const size = Buffer.alloc(length);
    size.writeUIntBE(bytes.length, 0, length);
    return Buffer.concat([size, bytes]);
  };
  const serverName = sized(2, sized(2, Buffer.concat([Buffer.from([kind]), sized(2, name)])));
  const extensions = sized(2, Buffer.concat([Buffer.from([0, 0]), serverName]));
  const body = [Buffer.from([3, 3]), Buffer.alloc(32, 7), sized(1, Buffer.alloc(0))];
  const rest = [sized(2, Buffer.from([0xc0, 0x2b, 0xc0, 0x2f])), sized(1, Buffer.from([0])), extensions];
  const message = Buffer.concat([Buffer.from([1]), sized(3, Buffer.concat([...body, ...rest]))]);
  return Buffer.concat([Buffer.from([22, 3, 1]), sized(2, message)]);
}

test("CVE-2026-21637 whatever server name a TLS client gives, the next client is served", async () => {
  const dir = tempDir();
  const { cert, certFile, keyFile } = makeCertificate(dir, "first");
  const gateway = await openGateway({ tls: { certFile, keyFile } });
  const names = [
    "",
    "a",
    "a".repeat(255),
    "a".repeat(10_000),
    "\0",
    "a\0b",
    "é",
    "127.0.0.1",
    "__proto__",
    "*",
    "..",
    "\uffff",
  ];
  for (const name of [...names.map((text) => Buffer.from(text)), Buffer.alloc(64, 0xff)]) {
    for (const kind of [0, 1, 255]) {
      const socket = connectPlain(gateway.port, gateway.host);
      socket.on("error", () => {});
      const answered = new Promise<void>((resolve) => {
        socket.once("data", () => resolve());
        socket.once("close", () => resolve());
      });
      socket.write(hello(name, kind));
      await answered;
      socket.resetAndDestroy();
    }
  }
  const next = connect({ port: gateway.port, host: gateway.host, ca: cert, servername: "localhost" });
  await new Promise<void>((resolve, reject) => {
    next.once("secureConnect", resolve);
    next.once("error", reject);
  });
  expect(next.authorized).toBe(true);
  next.destroy();
  expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});
