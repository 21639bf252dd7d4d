/** Texts that look like they hold secrets, and texts that do. Put together here so that none stands in the repository. */
import fc from "fast-check";
import { anyJson } from "./json.ts";
import { mutated, ofLength } from "./text.ts";

const letters = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dE4fG6hJ8kL0nP2rS4tU6wX8zA1cD3eF5gH7jK9mN1pQ3sT5vW7y";
const starts = [
  "AKIA",
  "ASIA",
  "AIza",
  "ghp_",
  "gho_",
  "github_pat_",
  "glpat-",
  "xoxb-",
  "sk_live_",
  "npm_",
  "pypi-",
  "sk-ant-",
];
const keys = [
  "password",
  "DB_PASSWORD",
  "accessToken",
  "x-api-key",
  "client_secret",
  "Authorization",
  "Cookie",
  "pwd",
  "sig",
];
const joints = ["=", ": ", ":", " = ", '":"', '\\":\\"', " := ", " ", "=>", "='", '="'];
const pieces = [
  ...starts,
  ...[
    "://",
    "@",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "-----END ",
    "eyJ",
    ".",
    "Bearer ",
    "Basic ",
    "--password ",
    "[redacted:",
  ],
  ...["http://", "hooks.slack.com/services/", "/", "+", "=", "\u001b[31m", '"', "\\", "\n", "\r"],
];

const part = fc
  .tuple(fc.nat(letters.length - 1), fc.nat(60))
  .map(([from, length]) => letters.slice(from, from + length));
const value = fc.oneof(
  part,
  fc.tuple(fc.constantFrom(...starts), part).map((two) => two.join("")),
  fc.constantFrom("hunter2", "correcthorse", "", "[redacted:password]", "null", "$TOKEN", "<token>", "********"),
  fc.tuple(part, part).map(([user, word]) => `postgres://${user}:${word}@db.example.org/app`),
  fc.tuple(part, part).map(([a, b]) => `eyJ${a}.eyJ${b}.${a}${b}`),
);

const line = fc.oneof(
  fc
    .tuple(fc.constantFrom(...keys), fc.constantFrom(...joints), value, fc.constantFrom("", '"', "'", "\n", ", x=1"))
    .map((four) => four.join("")),
  value,
  fc.string({ unit: "binary", maxLength: 20 }),
);

/** One unit of what could make a scanner go back and forth, many times. */
const endless = fc
  .tuple(
    fc.constantFrom(...pieces, ...keys, ...starts, "a", "A1", "a:", "password=", "eyJa.", "://a:"),
    fc.integer({ min: 1, max: 400 }),
  )
  .map(([piece, times]) => piece.repeat(times));

/** Now and then 64 KB of it. */
const huge = fc
  .tuple(
    fc.constantFrom(
      ...pieces,
      ...keys.map((key) => `${key}=`),
      ...keys.map((key) => `${key}: `),
      "a",
      "aB3-",
      "://a:b",
    ),
    ofLength("x", 1),
  )
  .map(([piece, end]) => piece.repeat(Math.ceil(65_536 / piece.length)).slice(0, 65_536) + end);

export const suspectText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 60,
    arbitrary: mutated(
      fc.array(line, { maxLength: 4 }).map((lines) => lines.join(" ")),
      pieces,
    ),
  },
  { weight: 20, arbitrary: mutated(endless, pieces) },
  { weight: 1, arbitrary: huge },
);

export const suspectValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: "secrets" },
    line,
    anyJson,
    fc.array(fc.oneof(line, fc.constantFrom("--password", "--token")), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...keys, "name", "value", "key", "__proto__"), line), tie("value")), {
        maxLength: 4,
      })
      .map((members) => Object.fromEntries(members)),
  ),
})).value;

const sample = (characters: string, length: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...characters), { minLength: length, maxLength: length }).map((all) => all.join(""));
const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const mixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** What must not be seen afterwards, and what stands around it. */
export const secretText = fc.record({
  before: fc.oneof(
    fc.constantFrom("", " ", "token is ", "x\n", '"', "\u001b[31m", "key="),
    fc.string({ maxLength: 6 }).map((text) => `${text} `),
  ),
  planted: fc.oneof(
    sample(upper, 16).map((text) => `${"AKIA"}${text}`),
    sample(mixed, 36).map((text) => `${"ghp_"}${text}`),
    sample(mixed, 36).map((text) => `${"npm_"}${text}`),
    sample(mixed, 43).map((text) => `${"sbk_"}k3v9x2m4abcd_${text}`),
  ),
  after: fc.oneof(
    fc.constantFrom("", " ", "\n", '"', ", and more", "\u001b[0m"),
    fc.string({ maxLength: 6 }).map((text) => ` ${text}`),
  ),
});
