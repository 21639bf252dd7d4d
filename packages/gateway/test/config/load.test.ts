import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError, configDocument, loadConfig } from "../../src/index.ts";
import { tempDir } from "../support/gateway.ts";

const write = (dir: string, value: unknown, name = "signalbox.config.json"): string => {
  const path = join(dir, name);
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
};

describe("§10 configuration", () => {
  test("without anything the gateway is on loopback, port 7400, data in .signalbox", () => {
    const cwd = tempDir();
    expect(loadConfig({ env: {}, cwd })).toMatchObject({
      host: "127.0.0.1",
      port: 7400,
      portFallback: true,
      dataDir: join(cwd, ".signalbox"),
      store: "sqlite",
      allowedOrigins: [],
      allowedHosts: [],
    });
  });

  test("flags win over the environment, that over the file, that over defaults", () => {
    const cwd = tempDir();
    write(cwd, { host: "10.0.0.1", port: 1, dataDir: "file-data", allowedHosts: ["a.test"] });
    const env = { SIGNALBOX_HOST: "10.0.0.2", SIGNALBOX_PORT: "2", SIGNALBOX_ADMIN_TOKEN: "from-environment" };
    expect(loadConfig({ flags: { port: 3 }, env, cwd })).toMatchObject({
      host: "10.0.0.2",
      port: 3,
      portFallback: false,
      dataDir: join(cwd, "file-data"),
      allowedHosts: ["a.test"],
      adminToken: "from-environment",
    });
  });

  test("a path in a file is beside the file, elsewhere in the current directory", () => {
    const cwd = tempDir();
    const dir = tempDir();
    const config = write(dir, { dataDir: "data" }, "other.json");
    expect(loadConfig({ env: { SIGNALBOX_CONFIG: config }, cwd }).dataDir).toBe(join(dir, "data"));
    expect(loadConfig({ flags: { config, dataDir: "mine" }, env: {}, cwd }).dataDir).toBe(join(cwd, "mine"));
  });

  test("certificate files are beside the configuration file, or given as flags in the current directory", () => {
    const cwd = tempDir();
    const dir = tempDir();
    const config = write(dir, { tls: { certFile: "tls/a.pem", keyFile: "/etc/a.key" } });
    const tls = { certFile: join(dir, "tls/a.pem"), keyFile: "/etc/a.key" };
    expect(loadConfig({ flags: { config }, env: {}, cwd }).tls).toEqual(tls);
    const flags = { config, tls: { certFile: "b.pem", keyFile: "b.key" } };
    expect(loadConfig({ flags, env: {}, cwd }).tls).toEqual({
      certFile: join(cwd, "b.pem"),
      keyFile: join(cwd, "b.key"),
    });
    expect(loadConfig({ env: {}, cwd }).tls).toBeUndefined();
  });

  test("limits and namespaces change what they name and leave the rest", () => {
    const cwd = tempDir();
    write(cwd, { limits: { frameBytes: 2_048 }, namespaces: { process: { retention: { count: 10 } }, build: {} } });
    const { limits, namespaces } = loadConfig({ env: {}, cwd });
    expect(limits).toMatchObject({ frameBytes: 2_048, batchMessages: 1_000 });
    expect(namespaces.process).toMatchObject({ durability: "fsync", reducer: "process", retention: { count: 10 } });
    // What the events of a namespace of one's own mean, nobody knows but its owner.
    const { reducer, ...steady } = namespaces.global ?? {};
    expect(reducer).toBe("global");
    expect(namespaces.build).toEqual(steady);
  });

  test("where other nodes reach this one comes from the file, or before it from the environment", () => {
    const cwd = tempDir();
    expect(loadConfig({ env: {}, cwd }).nodeUrl).toBeUndefined();
    write(cwd, { nodeUrl: "https://[fd00::7]:7400" });
    expect(loadConfig({ env: {}, cwd }).nodeUrl).toBe("https://[fd00::7]:7400");
    const env = { SIGNALBOX_NODE_URL: "http://node-2.lan" };
    expect(loadConfig({ env, cwd }).nodeUrl).toBe("http://node-2.lan");
    expect(() => loadConfig({ env: { SIGNALBOX_NODE_URL: "node-2.lan" }, cwd })).toThrow("the environment: nodeUrl");
  });

  test("§4.6 reducers of a namespace are its own to choose", () => {
    const cwd = tempDir();
    const build = { reducer: "workflow", furtherReducers: ["tdd"] };
    write(cwd, { namespaces: { build, session: { furtherReducers: [] }, agent: { reducer: "tdd" } } });
    const { namespaces } = loadConfig({ env: {}, cwd });
    expect(namespaces.build).toMatchObject(build);
    expect(namespaces.session).toMatchObject({ reducer: "session", furtherReducers: [] });
    expect(namespaces.agent).toMatchObject({ reducer: "tdd", furtherReducers: ["tdd"] });
  });

  test.each([
    [{ tls: { certFile: "a.pem" } }, "tls must have required properties keyFile"],
    [{ trustedProxies: ["10.0.0.0/33"] }, "trustedProxies: 10.0.0.0/33 is neither an address nor a network"],
    [{ trustedProxies: ["nginx.lan"] }, "trustedProxies: nginx.lan is neither an address nor a network"],
    [{ nodeUrl: "10.0.0.7:7400" }, "nodeUrl"],
    [{ nodeUrl: "http://10.0.0.7:7400/box" }, "nodeUrl"],
    [{ nodeUrl: "ftp://10.0.0.7" }, "nodeUrl"],
    [{ prot: 7400 }, "unknown key prot; did you mean port?"],
    [{ limits: { frameByte: 1 } }, "unknown key limits.frameByte; did you mean frameBytes?"],
    [
      { namespaces: { agent: { retention: { cuont: 1 } } } },
      "unknown key namespaces.agent.retention.cuont; did you mean count?",
    ],
    [{ zzzzzzzz: 1 }, "unknown key zzzzzzzz"],
    // A29: the sentence is shown on a terminal.
    [{ "\u001b[2Jx": 1 }, "unknown key \\u{1b}[2Jx"],
    [{ port: "7400" }, "port must be integer"],
    [{ store: "redis" }, "store must be one of sqlite, memory"],
    [{ adminToken: "short" }, "adminToken"],
    [{ allowedOrigins: ["example.org"] }, "allowedOrigins.0"],
    ["{ not json", "is not JSON"],
  ])("%j is refused and says what is wrong", (value, message) => {
    const cwd = tempDir();
    const path = write(cwd, value);
    expect(() => loadConfig({ env: {}, cwd })).toThrow(ConfigError);
    expect(() => loadConfig({ env: {}, cwd })).toThrow(message);
    expect(() => loadConfig({ env: {}, cwd })).toThrow(path);
  });

  test("a file that was named has to be there", () => {
    expect(() => loadConfig({ flags: { config: "absent.json" }, env: {}, cwd: tempDir() })).toThrow("cannot be read");
  });

  test("a port in the environment that is no number is refused", () => {
    expect(() => loadConfig({ env: { SIGNALBOX_PORT: "http" }, cwd: tempDir() })).toThrow("the environment: port");
  });

  test("the shipped JSON Schema is the one that is checked", () => {
    const shipped: unknown = JSON.parse(readFileSync(new URL("../../config.schema.json", import.meta.url), "utf8"));
    expect(shipped, "run npm run generate").toEqual(JSON.parse(JSON.stringify(configDocument())));
  });
});

describe("W11 amqp", () => {
  const capabilities = [{ channels: "agent:*", verbs: ["publish"] }];

  test("the address may come from the environment; queue and exchange are signalbox, read by one node at a time", () => {
    const cwd = tempDir();
    write(cwd, { amqp: { url: "amqp://file/", capabilities, arguments: { "x-queue-type": "quorum" } } });
    const load = (env: Record<string, string> = {}) => loadConfig({ env, cwd }).amqp;
    expect(load()).toEqual({
      url: "amqp://file/",
      queue: "signalbox",
      exchange: "signalbox",
      bindings: ["#"],
      declare: true,
      arguments: { "x-single-active-consumer": true, "x-queue-type": "quorum" },
      deadLetterExchange: undefined,
      prefetch: 200,
      capabilities,
      tenant: undefined,
    });
    expect(load({ SIGNALBOX_AMQP_URL: "amqps://env/vhost" })?.url).toBe("amqps://env/vhost");
    expect(() => load({ SIGNALBOX_AMQP_URL: "http://env" })).toThrow(/^the environment: amqp.url/);
  });

  test("without a file's amqp there is none, whatever the environment says: nobody said what it may do", () => {
    expect(loadConfig({ env: { SIGNALBOX_AMQP_URL: "amqp://env" }, cwd: tempDir() }).amqp).toBeUndefined();
  });

  test.each([
    [{ capabilities }, /amqp needs a url, here or as SIGNALBOX_AMQP_URL/],
    [{ url: "amqp://a" }, /amqp/],
    [{ url: "amqp://a", capabilities: [] }, /amqp.capabilities/],
    [{ url: "amqp://a:b:c", capabilities }, /amqp.url is no address/],
    [{ url: "amqp://a", capabilities, queus: "x" }, /did you mean queue/],
  ])("%j is refused", (amqp, why) => {
    const cwd = tempDir();
    write(cwd, { amqp });
    expect(() => loadConfig({ env: {}, cwd })).toThrow(why);
  });
});
