import { tagsOf } from "@signalbox/protocol/schemas";
import { expect, test } from "vitest";
import { vectors } from "./vectors.ts";

test.each(vectors("filters").cases)("§4.5 tags of the event in: $name", ({ message, tags }) => {
  const found = tagsOf(message.type, message.data, message.metadata);
  expect(Object.entries(found).sort()).toEqual(Object.entries(tags).sort());
});

test("a tag named __proto__ is only a tag", () => {
  const metadata = JSON.parse('{"tags":{"__proto__":"x"}}');
  expect(Object.entries(tagsOf("process_output", {}, metadata))).toEqual([["__proto__", "x"]]);
  expect(Object.entries(tagsOf("acme_thing", {}, metadata))).toEqual([["__proto__", "x"]]);
});

test("data's inherited members are no tags", () => {
  expect(Object.entries(tagsOf("process_output", Object.create({ stream: "stdout" }), undefined))).toEqual([]);
});
