/** docs/access.md shows configuration: each piece of it has to be one. */
import { readFileSync } from "node:fs";
import Type from "typebox";
import { Compile } from "typebox/schema";
import { expect, test } from "vitest";
import { hideSchema, jwtIssuerSchema, ratesSchema, rolesSchema, sessionCookieSchema } from "../../src/config/auth.ts";

const page = readFileSync(new URL("../../../../docs/access.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, text = ""]) => text);

const validator = Compile(
  Type.Object(
    {
      jwt: Type.Optional(Type.Array(jwtIssuerSchema)),
      sessionCookie: Type.Optional(sessionCookieSchema),
      roles: Type.Optional(rolesSchema),
      rates: Type.Optional(ratesSchema),
      hide: Type.Optional(hideSchema),
      allowedOrigins: Type.Optional(Type.Array(Type.String())),
    },
    { additionalProperties: false },
  ),
);

test("there are some", () => {
  expect(blocks.length).toBeGreaterThan(5);
});

test.each(blocks)("%s", (text) => {
  const [, errors] = validator.Errors(JSON.parse(text));
  expect(errors).toEqual([]);
});

test.each([
  { fields: [], unless: [] },
  { fields: ["a"], unless: ["No Role"] },
  { fields: ["a"], types: [], unless: [] },
  { fields: ["a"] },
  { fields: ["a"], unless: [], from: "x" },
])("a rule that hides nothing, or names what cannot be, is refused: %j", (rule) => {
  expect(Compile(hideSchema).Check([rule])).toBe(false);
});
