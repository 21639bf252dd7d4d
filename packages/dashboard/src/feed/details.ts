/** What a card shows of its events: the command, the arguments, what came of it, and what went wrong. */
import type { Publication } from "@signalbox/protocol";
import { fieldsOf } from "./fields.ts";

export interface Details {
  /** A command as it is typed. */
  command: string | undefined;
  given: Part | undefined;
  result: Part | undefined;
  error: string | undefined;
}

export interface Part {
  text: string;
  /** What it is drawn as. */
  as: "text" | "diff" | "json";
}

const givenNames = ["arguments", "args", "input", "tool_input", "toolInput", "parameters", "checkpointData"];
const resultNames = ["result", "output", "tool_response", "toolResponse", "content", "answer", "outputs", "outcome"];

export function detailsOf(events: readonly Publication[]): Details {
  let command: string | undefined;
  let given: Part | undefined;
  let result: Part | undefined;
  let error: string | undefined;
  for (const { type, data } of events) {
    const fields = fieldsOf(data);
    const args = firstOf(data, givenNames);
    command ??= commandIn(type, data, args);
    if (args !== undefined && type !== "process_started") given ??= partOf(args);
    const came = firstOf(data, resultNames);
    if (came !== undefined && came !== args) result = partOf(came);
    error = fields.text("error") ?? fields.inner("error").text("message") ?? error;
  }
  return { command, given, result, error };
}

function commandIn(type: string, data: unknown, args: unknown): string | undefined {
  const said = fieldsOf(args).text("command") ?? fieldsOf(args).text("cmd");
  if (said !== undefined) return said;
  const command = fieldsOf(data).text("command");
  if (type !== "process_started" || command === undefined) return undefined;
  const list = member(data, "args");
  return [command, ...(Array.isArray(list) ? list.map(String) : [])].map(quoted).join(" ");
}

/** As it would be typed. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const firstOf = (data: unknown, names: readonly string[]): unknown =>
  names.map((name) => member(data, name)).find((value) => value !== undefined && value !== null);

const member = (data: unknown, name: string): unknown =>
  typeof data === "object" && data !== null && Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;

const diffHead = /^(?:diff --git |--- [^\n]*\n\+\+\+ |@@ -\d)/m;

function partOf(value: unknown): Part {
  if (typeof value === "string") return { text: value, as: diffHead.test(value) ? "diff" : "text" };
  const inner = fieldsOf(value);
  const text = inner.text("diff") ?? inner.text("patch") ?? inner.text("stdout") ?? inner.text("text");
  if (text !== undefined && Object.keys(value as object).length <= 3) return partOf(text);
  const [one] = Array.isArray(value) && value.length === 1 ? value : [];
  const single = fieldsOf(one).text("text");
  if (single !== undefined) return partOf(single);
  return { text: JSON.stringify(value, undefined, 2) ?? "", as: "json" };
}

/** Lines of a diff with what each is. */
export function diffLines(text: string): Array<{ text: string; is: "added" | "removed" | "head" | "same" }> {
  return text.split("\n").map((line) => {
    if (/^(?:\+\+\+|---|diff |index |@@)/.test(line)) return { text: line, is: "head" };
    if (line.startsWith("+")) return { text: line, is: "added" };
    return { text: line, is: line.startsWith("-") ? "removed" : "same" };
  });
}
