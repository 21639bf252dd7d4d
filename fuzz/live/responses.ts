/** HTTP answers read strictly, and what the gateway's answers must look like. */
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { errorCodes } from "@signalbox/protocol";

export interface Response {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: string;
  /** Everything up to the end of the body, as far as the headers say where that is, has come. */
  whole: boolean;
  /** Where it ends in the bytes. */
  end: number;
}

/** `undefined`: the head has not come yet. Throws for what is no HTTP/1.1. */
export function readResponse(bytes: Buffer, from = 0): Response | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n", from);
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = bytes.toString("latin1", from, headEnd).split("\r\n");
  const [, status] = /^HTTP\/1\.1 ([1-5][0-9]{2}) [ -~]*$/.exec(first) ?? [];
  if (status === undefined) throw new Error(`the gateway answers ${JSON.stringify(first)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!-9;-~]+): ([ -~]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new Error(`the gateway sends the header ${JSON.stringify(line)}`);
    headers.set(name.toLowerCase(), value);
  }
  const start = headEnd + 4;
  const length = headers.get("content-length");
  if (headers.get("transfer-encoding") === "chunked")
    return { ...readChunks(bytes, start), status: Number(status), headers };
  const bodiless = status === "204" || status.startsWith("1");
  const end = length === undefined ? (bodiless ? start : bytes.length) : start + Number(length);
  const whole = length === undefined ? bodiless : end <= bytes.length;
  return {
    status: Number(status),
    headers,
    body: bytes.toString("utf8", start, Math.min(end, bytes.length)),
    whole,
    end,
  };
}

function readChunks(bytes: Buffer, start: number): { body: string; whole: boolean; end: number } {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const line = bytes.indexOf("\r\n", at);
    const size = line < 0 ? Number.NaN : Number.parseInt(bytes.toString("latin1", at, line), 16);
    const next = line + 2 + size + 2;
    if (Number.isNaN(size) || next > bytes.length) {
      return { body: Buffer.concat(parts).toString("utf8"), whole: false, end: bytes.length };
    }
    if (size === 0) return { body: Buffer.concat(parts).toString("utf8"), whole: true, end: next };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}

/** Statuses beside those of the error table; 408 and 431 are invalid_message with a status of HTTP's own. */
const statuses: ReadonlySet<number> = new Set([
  ...[101, 200, 204, 408, 431],
  ...Object.values(errorCodes).map(({ http }) => http),
]);

const isRow = (name: unknown): name is keyof typeof errorCodes =>
  typeof name === "string" && Object.hasOwn(errorCodes, name);

/** Throws unless it is one of the documented answers: a known status, and with an error the row that belongs to it. */
export function checkResponse({ status, headers, body, whole }: Response): void {
  ok(statuses.has(status) && status !== 500, `status ${status}: ${body}`);
  const type = headers.get("content-type") ?? "";
  if (!whole || status === 101 || status === 204) return;
  if (type.startsWith("text/html") && (status === 200 || status === 503)) return;
  if (status === 200) {
    if (type.startsWith("application/json")) JSON.parse(body);
    else ok(/^text\/(plain|event-stream)/.test(type), `200 with the type ${type}`);
    return;
  }
  ok(type.startsWith("application/json"), `status ${status} with the type ${type}`);
  const { error } = Object(JSON.parse(body));
  const { name, number, message, temporary, help } = Object(error);
  ok(isRow(name) && typeof message === "string" && message !== "", `the error ${body}`);
  const row = errorCodes[name];
  deepStrictEqual({ number, temporary, help }, { number: row.number, temporary: row.temporary, help: row.help }, body);
  const ofHttp = name === "invalid_message" && (status === 408 || status === 431);
  if (!ofHttp) strictEqual(status, row.http, `the status of ${name}`);
  if (row.temporary) ok(headers.has("retry-after"), `retry-after with ${name}`);
}
