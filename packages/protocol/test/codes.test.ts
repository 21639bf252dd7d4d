import { closeCodes, errorCodes, mayReconnect } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { vectors } from "./vectors.ts";

describe("§3.7 close numbers", () => {
  test.each(vectors("codes").mayReconnect)(
    "$number: reconnect is $mayReconnect",
    ({ number, mayReconnect: expected }) => {
      expect(mayReconnect(number)).toBe(expected);
    },
  );

  test("are in the ranges that applications may use, each once", () => {
    const numbers = Object.values(closeCodes).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => ![1008, 1013].includes(number) && (number < 3000 || number > 4999))).toEqual([]);
  });
});

describe("errors", () => {
  const all = Object.entries(errorCodes);

  test("have a number of their own", () => {
    expect(new Set(all.map(([, { number }]) => number)).size).toBe(all.length);
  });

  test.each(all)("%s: temporary ones have numbers from 200 and a status that may be tried again", (_name, code) => {
    expect(code.temporary).toBe(code.number >= 200);
    expect([429, 500, 503].includes(code.http) || !code.temporary).toBe(true);
    expect(code.help).toMatch(/\.$/);
  });
});
