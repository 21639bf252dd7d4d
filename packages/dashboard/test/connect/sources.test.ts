import { expect, test } from "vitest";
import { kindWords, readSources } from "../../src/connect/kinds.ts";
import { sourcesFor } from "../../src/connect/sources.ts";

const url = "https://box.example.org/pre";

test("the token stands nowhere until it is wanted, then wherever one is needed", () => {
  const hidden = JSON.stringify(sourcesFor({ url, token: undefined }));
  expect(hidden).not.toContain("s3cret");
  const shown = sourcesFor({ url, token: "s3cret" });
  const needing = shown.filter(({ kind }) => kind === "command" || kind === "http" || kind === "code");
  for (const { id, text } of needing) expect(text, id).toContain("s3cret");
  for (const { id, text } of needing) expect(text, id).not.toContain("SIGNALBOX_TOKEN}");
});

test("every line names this gateway, but for brokers, which it reads itself", () => {
  for (const { id, kind, text } of sourcesFor({ url, token: undefined })) {
    expect(text.includes(url), id).toBe(kind !== "bus");
  }
});

test("a token that a shell would take apart is quoted", () => {
  const [run] = sourcesFor({ url, token: "a'b $(c)" });
  expect(run?.text).toContain(`SIGNALBOX_TOKEN='a'\\''b $(c)'`);
});

test("every kind has a source, and an address", () => {
  const kinds = new Set(sourcesFor({ url, token: undefined }).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(Object.keys(kindWords).sort());
  for (const kind of kinds) expect(readSources({ kind })).toEqual({ kind });
  expect(readSources({ kind: "toString" })).toEqual({});
});
