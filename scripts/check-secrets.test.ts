import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkSecrets } from "./check-secrets.ts";
import { inSample } from "./sample-repository.ts";

const found = (file: string, text: string): string[] =>
  inSample({ [file]: text }, (at) => checkSecrets(at).map((one) => `${one.file}:${one.line} ${one.what}`));

// Put together here, so that the check does not find its own samples.
const key = ["-----BEGIN EC", "PRIVATE KEY-----"].join(" ");
const home = ["", "home", "ada", "signalbox"].join("/");
const token = `npm_${"a".repeat(36)}`;

test.each([
  ["a.md", `x\n${key}`, "a.md:2 holds a private key"],
  ["a.ts", `const t = "${token}";`, "a.ts:1 holds a token"],
  ["a.ts", `const p = "${home}/x";`, "a.ts:1 names a home folder"],
  ["a.json", `"C:\\\\Us${"ers"}\\\\ada"`, "a.json:1 names a home folder"],
  ["package-lock.json", `{\n"resolved": "https://registry.example/a.tgz"}`, "package-lock.json:2 names a registry"],
  [".npmrc", "registry=https://registry.example", ".npmrc:1 names a registry or a token"],
  [".npmrc", "fund=false\n//registry.example/:_authToken=x", ".npmrc:2 names a registry or a token"],
])("%s with %j is refused", (file, text, what) => {
  expect(found(file, text)).toContain(what);
});

test("the path of the checkout itself is refused", () => {
  const findings = inSample({ "a.md": "" }, (at) => {
    writeFileSync(join(at, "a.md"), `See ${at}/notes.`);
    return checkSecrets(at);
  });
  expect(findings.map((one) => one.what)).toEqual(["names the folder of one checkout"]);
});

test("what only looks alike passes", () => {
  expect(found("a.ts", `const p = ["https://host/home/page/", "./root/x", "/v1/users/ada/"];`)).toEqual([]);
  expect(found("package-lock.json", `{ "resolved": "packages/core", "link": true }`)).toEqual([]);
  expect(found(".npmrc", "omit-lockfile-registry-resolved=true\nsave-exact=true\n")).toEqual([]);
});
