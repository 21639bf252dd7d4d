import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectionOf } from "../src/connection.ts";
import {
  findGateway,
  gatewayFileIn,
  readGatewayFile,
  removeGatewayFile,
  writeGatewayFile,
} from "../src/gateway-file.ts";
import { type Io, systemIo } from "../src/io.ts";

let root: string;
let home: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "signalbox-find-")));
  home = join(root, "home");
  mkdirSync(join(root, "project", "deep"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const alive = process.pid;
/** No system gives a number so high. */
const gone = 0x3fffffff;
const at = (folder: string, url: string, pid = alive): void =>
  writeGatewayFile(gatewayFileIn(join(folder, ".signalbox")), { url, token: `token of ${url}`, pid });
const io = (env: NodeJS.ProcessEnv = {}): Io => ({
  ...systemIo(),
  cwd: join(root, "project", "deep"),
  env: { HOME: home, ...env },
});

describe("which gateway", () => {
  test("the file can be read by its owner only, and goes with the gateway that wrote it", () => {
    const path = gatewayFileIn(join(root, "data"));
    writeGatewayFile(path, { url: "http://127.0.0.1:7400", token: "t", pid: alive });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    removeGatewayFile(path, gone);
    expect(readGatewayFile(path)?.token).toBe("t");
    removeGatewayFile(path, alive);
    expect(readGatewayFile(path)).toBeUndefined();
  });

  test("the nearest above the current directory, then the one at home", () => {
    at(home, "http://127.0.0.1:1");
    expect(findGateway(io().cwd, io().env)?.url).toBe("http://127.0.0.1:1");
    at(join(root, "project"), "http://127.0.0.1:2");
    expect(findGateway(io().cwd, io().env)?.url).toBe("http://127.0.0.1:2");
  });

  test("one that runs before one that ran", () => {
    at(join(root, "project"), "http://127.0.0.1:2", gone);
    expect(findGateway(io().cwd, io().env)?.url).toBe("http://127.0.0.1:2");
    at(home, "http://127.0.0.1:1");
    expect(findGateway(io().cwd, io().env)?.url).toBe("http://127.0.0.1:1");
  });

  test("flags win over the environment, that over files", () => {
    at(home, "http://127.0.0.1:1");
    const env = { SIGNALBOX_URL: "http://env:2/", SIGNALBOX_TOKEN: "env-token" };
    expect(connectionOf({}, io())).toMatchObject({ url: "http://127.0.0.1:1", token: "token of http://127.0.0.1:1" });
    expect(connectionOf({}, io(env))).toMatchObject({ url: "http://env:2", token: "env-token" });
    expect(connectionOf({ url: "http://flag:3/box/", token: "t" }, io(env))).toMatchObject({
      url: "http://flag:3/box",
      token: "t",
    });
  });

  test("a token is taken from the file only for the gateway it belongs to", () => {
    at(home, "http://127.0.0.1:1");
    expect(connectionOf({ url: "http://localhost:1" }, io()).token).toBe("token of http://127.0.0.1:1");
    expect(connectionOf({ url: "http://elsewhere.test:1" }, io()).token).toBeUndefined();
  });

  test("none is an error that says what to do; a wrong address is wrong usage", () => {
    expect(() => connectionOf({}, io())).toThrow(
      expect.objectContaining({ exitCode: 3, next: expect.stringContaining("signalbox serve") }),
    );
    expect(() => connectionOf({ url: "localhost:7400" }, io())).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
