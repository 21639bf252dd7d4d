import { expect, test } from "vitest";
import { Order } from "../src/order.ts";

const failing = (error: unknown): void => {
  throw error;
};

test("answers are given in the order of the asking, whatever the order they come in", () => {
  const order = new Order(failing);
  const got: string[] = [];
  const [a, b, c] = [1, 2, 3].map(() =>
    order.slot<{ name: string }>((answer) => got.push("name" in answer ? answer.name : "")),
  );
  c?.(() => ({ name: "c" }));
  a?.(() => ({ name: "a" }));
  expect(got).toEqual(["a"]);
  b?.(() => ({ name: "b" }));
  expect(got).toEqual(["a", "b", "c"]);
});

test("who asks again while being answered is answered after those before", () => {
  const order = new Order(failing);
  const got: number[] = [];
  const ask = (n: number): void => {
    order.slot<{ n: number }>(() => {
      if (n < 1_000) ask(n + 1);
      got.push(n);
    })(() => ({ n }));
  };
  ask(1);
  expect(got).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
});

test("a receiver that throws does not keep the others from their answers", () => {
  const faults: unknown[] = [];
  const order = new Order((error) => faults.push(error));
  const got: object[] = [];
  order.slot<object>(() => {
    throw new Error("mine");
  })(() => ({}));
  order.slot<object>((answer) => got.push(answer))(() => ({ n: 2 }));
  expect(got).toEqual([{ n: 2 }]);
  expect(faults).toEqual([new Error("mine")]);
});
