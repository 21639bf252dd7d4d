import { describe, expect, test } from "vitest";
import { checkImports } from "./check-imports.ts";
import { inSample } from "./sample-repository.ts";

/** The findings about one file, as `line what`. */
const found = (files: Record<string, string>): string[] =>
  inSample(files, (at) => checkImports(at).map((one) => `${one.file}${one.line ? `:${one.line}` : ""} ${one.what}`));

describe("arrows between packages", () => {
  const refused: [string, string, string][] = [
    ["packages/protocol/src/a.ts", `import "@signalbox/core";`, "packages/protocol must not import @signalbox/core"],
    ["packages/protocol/src/a.ts", `import "node:fs";`, "packages/protocol must not import node:fs"],
    ["packages/core/src/a.ts", `import "@signalbox/gateway";`, "packages/core must not import @signalbox/gateway"],
    ["packages/core/src/a.ts", `import "ws";`, "packages/core must not import ws"],
    ["packages/client/src/a.ts", `import "@signalbox/core";`, "packages/client must not import @signalbox/core"],
    ["packages/client/src/a.ts", `await import("ws");`, "packages/client must not import ws"],
    [
      "packages/client/src/a.ts",
      `import type { X } from "@signalbox/protocol/schemas";`,
      "packages/client must not import @signalbox/protocol/schemas",
    ],
    ["packages/agent/src/a.ts", `import "@signalbox/core";`, "packages/agent must not import @signalbox/core"],
    ["packages/gateway/src/a.ts", `import "@signalbox/client";`, "packages/gateway must not import @signalbox/client"],
    ["packages/gateway/test/a.ts", `import "@signalbox/client";`, "packages/gateway must not import @signalbox/client"],
    ["packages/cli/src/a.ts", `import "@signalbox/testkit";`, "packages/cli must not import @signalbox/testkit"],
    ["packages/dashboard/src/a.tsx", `import "@signalbox/core";`, "packages/dashboard must not import @signalbox/core"],
    [
      "packages/core/src/a.ts",
      `import "../../protocol/src/x.ts";`,
      "imports ../../protocol/src/x.ts, a file outside packages/core",
    ],
  ];
  test.each(refused)("%s may not have %s", (file, text, what) => {
    expect(found({ [file]: text })).toEqual([`${file}:1 ${what}`]);
  });

  test("what the table allows passes", () => {
    const files = {
      "packages/core/src/a.ts": `import { x } from "@signalbox/protocol"; import "./b.ts";`,
      "packages/gateway/src/a.ts": `import "@signalbox/core"; import "ws"; import "node:fs";`,
      "packages/gateway/test/a.ts": `import "@signalbox/testkit"; import codes from "../../../spec/codes.json";`,
      "packages/dashboard/src/a.tsx": `import { fold } from "@signalbox/core/reducers"; export const a = <p />;`,
    };
    expect(found(files)).toEqual([]);
  });

  test("a package without a row, and a dependency the row does not know, are refused", () => {
    const manifest = { name: "@signalbox/client", dependencies: { "@signalbox/protocol": "1", ws: "8" } };
    const files = {
      "packages/stranger/src/a.ts": "export const a = 1;",
      "packages/client/src/a.ts": "export const a = 1;",
      "packages/client/package.json": JSON.stringify(manifest),
    };
    expect(found(files)).toEqual([
      "packages/client/package.json @signalbox/client must not depend on ws",
      "packages/stranger/package.json has no row in scripts/import-table.ts",
    ]);
  });
});

describe("pure packages", () => {
  const refused: [string, string][] = [
    ["Date", "export const now = () => Date.now();"],
    ["Math.random", "export const die = () => Math.random();"],
    ["setTimeout", "setTimeout(() => {}, 1);"],
    ["process", "export const home = process.env.HOME;"],
    ["fetch", "export const get = (from = fetch) => from;"],
    ["Promise", "export type Later = Promise<void>;"],
    ["async", "export const later = async () => 1;"],
  ];
  test.each(refused)("may not use %s", (name, text) => {
    const file = "packages/core/src/a.ts";
    expect(found({ [file]: text })).toEqual([`${file}:1 uses ${name} in a pure package`]);
    expect(found({ "packages/gateway/src/a.ts": text })).toEqual([]);
  });

  test("may use the same words as names of their own, and Promise in the types of ports", () => {
    const files = {
      "packages/core/src/a.ts": `export const process = { fetch: 1, Date: "text" }; process.fetch; // setTimeout`,
      "packages/core/src/ports.ts": "export interface Store { close(): Promise<void> }",
    };
    expect(found(files)).toEqual([]);
  });
});

test("export * is refused in sources", () => {
  expect(found({ "packages/core/src/index.ts": `export * from "./a.ts";` })).toEqual([
    `packages/core/src/index.ts:1 has export * from "./a.ts"`,
  ]);
});

describe("typebox stays out of what protocol's index.ts runs", () => {
  const schema = { "packages/protocol/src/schema.ts": `import { Type } from "typebox"; export const s = Type.Any();` };
  const index = "packages/protocol/src/index.ts";

  test("reached through another file: refused", () => {
    const files = {
      ...schema,
      [index]: `export { s } from "./b.ts";`,
      "packages/protocol/src/b.ts": `export { s } from "./schema.ts";`,
    };
    expect(found(files)).toEqual([`packages/protocol/src/schema.ts:1 ${index} reaches typebox`]);
  });

  test("reached by types only: allowed", () => {
    expect(found({ ...schema, [index]: `export type { s } from "./schema.ts";` })).toEqual([]);
  });
});

describe("adapters of the gateway", () => {
  const at = "packages/gateway/src";

  test("may not import a sibling, of their kind or another", () => {
    const files = {
      [`${at}/transports/sse/index.ts`]: `import "../websocket/frames.ts"; import "../../stores/memory/index.ts";`,
    };
    expect(found(files)).toEqual([
      `${at}/transports/sse/index.ts:1 adapter transports/sse imports adapter transports/websocket`,
      `${at}/transports/sse/index.ts:1 adapter transports/sse imports adapter stores/memory`,
    ]);
  });

  test("are named by main.ts only", () => {
    const text = `import "./stores/memory/index.ts";`;
    expect(found({ [`${at}/main.ts`]: text })).toEqual([]);
    expect(found({ [`${at}/server.ts`]: text })).toEqual([`${at}/server.ts:1 names adapter stores/memory`]);
  });

  test("use one outside library", () => {
    const files = { [`${at}/sources/amqp/index.ts`]: `import "amqplib"; import "ws"; import "node:net";` };
    expect(found(files)).toEqual([`${at}/sources/amqp uses 2 outside libraries: amqplib, ws`]);
  });

  test("may share what lies beside them in their kind's folder", () => {
    expect(found({ [`${at}/transports/sse/index.ts`]: `import "../cursor.ts"; import "../../http.ts";` })).toEqual([]);
  });
});
