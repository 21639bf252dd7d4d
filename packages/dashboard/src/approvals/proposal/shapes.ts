/**
 * What a checkpoint's data is: a command, a diff, a file, a request, SQL, a text, or whatever JSON. Names are those of the
 * event catalogue (`command`, `args`, `cwd`, `env`) and those that agents commonly use. Nothing is left out: what no shape
 * shows comes last, as JSON.
 */
import { diffLines } from "./line-diff.ts";
import { shellLine } from "./shell-line.ts";
import { type DiffFile, parseDiff } from "./unified-diff.ts";

export type Shape =
  | { kind: "command"; line: string; cwd: string | undefined; env: readonly string[] }
  | { kind: "diff"; files: readonly DiffFile[] }
  | { kind: "write"; path: string; content: string }
  | { kind: "request"; method: string; url: string; headers: readonly (readonly [string, string])[]; body: unknown }
  | { kind: "sql"; text: string }
  | { kind: "text"; name: string | undefined; text: string }
  | { kind: "json"; value: unknown };

type Data = Readonly<Record<string, unknown>>;

/** Members not shown yet; each shape takes those that it shows. */
type Rest = Map<string, unknown>;

/** Lists ask for it with each drawing; what is asked about never changes. */
const seen = new WeakMap<object, readonly Shape[]>();

export function shapesOf(data: unknown): readonly Shape[] {
  if (typeof data === "string") return [textShape(undefined, data)];
  if (!isData(data)) return [{ kind: "json", value: data }];
  const shapes = seen.get(data) ?? shapesIn(data, 0);
  seen.set(data, shapes);
  return shapes;
}

/** `{tool, input}`: what is done stands one level down. */
const inputNames = ["input", "tool_input", "toolInput", "arguments"];
const levelsAtMost = 2;

function shapesIn(data: Data, level: number): Shape[] {
  const rest: Rest = new Map(Object.entries(data));
  const shapes: Shape[] = [];
  const add = (shape: Shape | undefined) => shape && shapes.push(shape);
  add(takeCommand(rest));
  add(takeSql(rest));
  add(takeRequest(rest));
  add(takeChange(rest));
  add(takeWrite(rest));
  for (const name of inputNames) {
    const input = rest.get(name);
    if (level >= levelsAtMost || !isData(input)) continue;
    const inner = shapesIn(input, level + 1);
    if (inner.every(({ kind }) => kind === "json")) continue;
    rest.delete(name);
    shapes.push(...inner);
  }
  for (const [name, value] of rest) {
    if (typeof value !== "string" || !value.includes("\n")) continue;
    rest.delete(name);
    add(textShape(name, value));
  }
  if (rest.size > 0 || shapes.length === 0) shapes.push({ kind: "json", value: Object.fromEntries(rest) });
  return shapes;
}

const isData = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);

function textShape(name: string | undefined, text: string): Shape {
  const files = parseDiff(text);
  return files ? { kind: "diff", files } : { kind: "text", name, text };
}

/** The first of these members that is a text. */
function textAt(rest: Rest, names: readonly string[]): string | undefined {
  return names.find((name) => typeof rest.get(name) === "string");
}

function take(rest: Rest, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const value = rest.get(name);
  rest.delete(name);
  return typeof value === "string" ? value : undefined;
}

function takeCommand(rest: Rest): Shape | undefined {
  const name = ["command", "cmd", "argv"].find((one) => isCommand(rest.get(one)));
  if (name === undefined) return undefined;
  const command = rest.get(name);
  const args = rest.get("args");
  rest.delete(name);
  const words = Array.isArray(args) ? args : [];
  if (Array.isArray(args)) rest.delete("args");
  const line = shellLine(typeof command === "string" ? command : (command as unknown[]), words);
  const cwd = take(rest, textAt(rest, ["cwd", "workdir", "working_directory", "workingDirectory"]));
  return { kind: "command", line, cwd, env: takeEnv(rest) };
}

const isCommand = (value: unknown): boolean =>
  (typeof value === "string" && value !== "") || (Array.isArray(value) && value.length > 0);

/** The names alone, or each with its value. */
function takeEnv(rest: Rest): readonly string[] {
  const env = rest.get("env");
  if (Array.isArray(env) && env.every((name) => typeof name === "string")) {
    rest.delete("env");
    return env;
  }
  if (!isData(env) || !Object.values(env).every((value) => typeof value !== "object")) return [];
  rest.delete("env");
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

/** A query is also what one searches for: it has to begin as SQL does. */
const sql =
  /^\s*(--[^\n]*\n\s*)*(select|insert|update|delete|with|create|alter|drop|truncate|grant|revoke|merge|begin|explain)\s/i;

function takeSql(rest: Rest): Shape | undefined {
  const name = textAt(rest, ["sql", "statement", "query"]);
  const text = name === undefined ? undefined : rest.get(name);
  if (typeof text !== "string" || (name !== "sql" && !sql.test(text))) return undefined;
  take(rest, name);
  return { kind: "sql", text };
}

const address = /^[a-z][a-z0-9+.-]*:\/\/\S/i;

function takeRequest(rest: Rest): Shape | undefined {
  const name = textAt(rest, ["url", "uri"]);
  const url = name === undefined ? undefined : rest.get(name);
  if (typeof url !== "string" || !address.test(url)) return undefined;
  take(rest, name);
  const method = take(rest, textAt(rest, ["method"]))?.toUpperCase() ?? "GET";
  const headers = rest.get("headers");
  const isPlain = isData(headers) && Object.values(headers).every((value) => typeof value !== "object");
  if (isPlain) rest.delete("headers");
  const bodyName = ["body", "json", "data"].find((one) => rest.has(one));
  const body = bodyName === undefined ? undefined : rest.get(bodyName);
  if (bodyName !== undefined) rest.delete(bodyName);
  const named = isPlain ? Object.entries(headers).map(([header, value]) => [header, String(value)] as const) : [];
  return { kind: "request", method, url, headers: named, body };
}

const pathNames = ["path", "file", "file_path", "filePath", "filename"];
const befores = ["before", "old_string", "oldString", "oldText", "old_text", "old"];
const afters = ["after", "new_string", "newString", "newText", "new_text", "new"];

/** A diff, or the texts before and after. */
function takeChange(rest: Rest): Shape | undefined {
  const name = textAt(rest, ["diff", "patch"]);
  const given = name === undefined ? undefined : parseDiff(String(rest.get(name)));
  if (given) {
    take(rest, name);
    return { kind: "diff", files: given };
  }
  const at = befores.findIndex((before, index) => isText(rest, before) && isText(rest, afters[index]));
  if (at < 0) return undefined;
  const before = take(rest, befores[at]) ?? "";
  const after = take(rest, afters[at]) ?? "";
  const path = take(rest, textAt(rest, pathNames)) ?? "";
  return { kind: "diff", files: [changedFile(path, before, after)] };
}

const isText = (rest: Rest, name: string | undefined): boolean =>
  name !== undefined && typeof rest.get(name) === "string";

function changedFile(path: string, before: string, after: string): DiffFile {
  const lines = diffLines(before, after);
  const count = (sign: string): number => lines.filter((line) => line.sign === sign).length;
  const what = before === "" ? "added" : after === "" ? "deleted" : "changed";
  return {
    ...{ path, from: undefined, what, added: count("+"), removed: count("-"), notes: [] },
    hunks: [{ heading: "", lines }],
  };
}

function takeWrite(rest: Rest): Shape | undefined {
  const pathName = textAt(rest, pathNames);
  const contentName = textAt(rest, ["content", "contents", "text"]);
  if (pathName === undefined || contentName === undefined) return undefined;
  return { kind: "write", path: take(rest, pathName) ?? "", content: take(rest, contentName) ?? "" };
}
