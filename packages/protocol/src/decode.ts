/** The border: text from outside becomes trusted messages, or one reason why not. */
import type { Limits } from "./limits.ts";
import type { Draft } from "./messages.ts";
import { refuseOutline } from "./outline.ts";
import { isEpoch, isOffset } from "./position.ts";

export type Decoded =
  | { ok: true; batch: boolean; drafts: Draft[] }
  /** `fatal`: not JSON at all, so the sender's framing cannot be trusted. `id`: of a message that came alone. */
  | { ok: false; fatal: boolean; path: string; rule: string; id?: string };

type Shape = { ok: true } | { ok: false; path: string; rule: string };

const typePattern = /^[a-z][a-z0-9_.-]{0,63}$/;
const idPattern = /^[\x21-\x7e]{1,128}$/;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads one frame: a JSON message, or an array of them. */
export function decodeFrame(
  text: string,
  limits: Pick<Limits, "batchMessages" | "jsonDepth" | "jsonKeys"> & Partial<Pick<Limits, "jsonItems">>,
): Decoded {
  const refused = refuseOutline(text, limits);
  if (refused !== undefined) return { ok: false, fatal: false, ...refused };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { ok: false, fatal: true, path: "", rule: "must be JSON" };
  }
  return decodeValue(parsed, limits);
}

/** The same for a value already parsed, such as an HTTP body. */
export function decodeValue(
  parsed: unknown,
  limits: Pick<Limits, "batchMessages" | "jsonDepth" | "jsonKeys">,
): Decoded {
  const batch = Array.isArray(parsed);
  const values: unknown[] = batch ? parsed : [parsed];
  if (values.length > limits.batchMessages) {
    return { ok: false, fatal: false, path: "", rule: `must have at most ${limits.batchMessages} messages` };
  }
  for (let i = 0; i < values.length; i++) {
    const prefix = batch ? `/${i}` : "";
    const shape = checkEnvelope(values[i], prefix);
    if (!shape.ok) return { ...shape, fatal: false, ...idOf(batch ? undefined : values[i]) };
    const size = checkSize(withoutPositions(values[i]), prefix, limits);
    if (!size.ok) return { ...size, fatal: false, ...idOf(batch ? undefined : values[i]) };
  }
  return { ok: true, batch, drafts: values as Draft[] };
}

/** So that a refusal can name what it refuses. */
const idOf = (value: unknown): { id?: string } =>
  isObject(value) && typeof value.id === "string" && idPattern.test(value.id) ? { id: value.id } : {};

/** The rules of the envelope alone; `data` is checked against its type's schema later. */
function checkEnvelope(value: unknown, path: string): Shape {
  if (!isObject(value)) return { ok: false, path, rule: "must be an object" };
  if (typeof value.type !== "string" || !typePattern.test(value.type)) {
    return { ok: false, path: `${path}/type`, rule: "must be a string like agent_status (at most 64 characters)" };
  }
  if (value.id !== undefined && (typeof value.id !== "string" || !idPattern.test(value.id))) {
    return { ok: false, path: `${path}/id`, rule: "must be 1 to 128 printable ASCII characters" };
  }
  if (value.timestamp !== undefined && (!Number.isSafeInteger(value.timestamp) || (value.timestamp as number) < 0)) {
    return { ok: false, path: `${path}/timestamp`, rule: "must be whole milliseconds since 1970" };
  }
  if (value.channel !== undefined && typeof value.channel !== "string") {
    return { ok: false, path: `${path}/channel`, rule: "must be a string" };
  }
  return value.metadata === undefined ? { ok: true } : checkMetadata(value.metadata, `${path}/metadata`);
}

function checkMetadata(metadata: unknown, path: string): Shape {
  if (!isObject(metadata)) return { ok: false, path, rule: "must be an object" };
  for (const name of ["version", "source", "correlationId", "idempotencyKey"]) {
    const value = metadata[name];
    if (value !== undefined && (typeof value !== "string" || value.length > 256)) {
      return { ok: false, path: `${path}/${name}`, rule: "must be a string of at most 256 characters" };
    }
  }
  const { producer, expected, tags } = metadata;
  if (producer !== undefined) {
    if (!isObject(producer) || typeof producer.id !== "string" || !idPattern.test(producer.id)) {
      return { ok: false, path: `${path}/producer/id`, rule: "must be 1 to 128 printable ASCII characters" };
    }
    if (!Number.isSafeInteger(producer.epoch) || (producer.epoch as number) < 0) {
      return { ok: false, path: `${path}/producer/epoch`, rule: "must be a whole number, 0 or more" };
    }
    if (!Number.isSafeInteger(producer.seq) || (producer.seq as number) < 1) {
      return { ok: false, path: `${path}/producer/seq`, rule: "must be a whole number, 1 or more" };
    }
  }
  if (expected !== undefined && !(isObject(expected) && isEpoch(expected.epoch) && isOffset(expected.offset))) {
    return { ok: false, path: `${path}/expected`, rule: "must be a position {epoch, offset}" };
  }
  if (tags !== undefined) {
    if (!isObject(tags) || Object.keys(tags).length > 32) {
      return { ok: false, path: `${path}/tags`, rule: "must be an object of at most 32 tags" };
    }
    for (const [name, value] of Object.entries(tags)) {
      if (typeof value !== "string" || value.length > 256 || name.length > 64) {
        return {
          ok: false,
          path: `${path}/tags/${name.slice(0, 64)}`,
          rule: "must be a string of at most 256 characters",
        };
      }
    }
  }
  return { ok: true };
}

/** A pattern resumes in thousands of channels: their positions are bounded by the frame, and checked by the schema. */
function withoutPositions(value: unknown): unknown {
  if (!isObject(value) || value.type !== "subscribe" || !isObject(value.data)) return value;
  return { ...value, data: { ...value.data, positions: undefined } };
}

/** Depth, number of keys and size of numbers. Looks no deeper than is allowed, so that depth cannot hurt the checker. */
function checkSize(root: unknown, path: string, limits: Pick<Limits, "jsonDepth" | "jsonKeys">): Shape {
  if (typeof root !== "object" || root === null) return fits;
  const wrong = new Size(limits).look(root, 1);
  return wrong === undefined ? fits : { ok: false, path, rule: wrong };
}

const fits: Shape = Object.freeze({ ok: true });

class Size {
  readonly #depth: number;
  readonly #keys: number;
  #seen = 0;

  constructor({ jsonDepth, jsonKeys }: Pick<Limits, "jsonDepth" | "jsonKeys">) {
    this.#depth = jsonDepth;
    this.#keys = jsonKeys;
  }

  /** The rule that is broken first, in the order of the text. What was parsed has no members but its own. */
  look(value: object, depth: number): string | undefined {
    if (depth > this.#depth) return `must not nest deeper than ${this.#depth}`;
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) {
        const wrong = this.#item(item, depth);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    }
    for (const key in value) {
      if (++this.#seen > this.#keys) return `must have at most ${this.#keys} keys`;
      const wrong = this.#item(Reflect.get(value, key), depth);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  #item(item: unknown, depth: number): string | undefined {
    if (typeof item === "object" && item !== null) return this.look(item, depth + 1);
    // 1e999 reads as Infinity, and would be forwarded as null.
    if (item === Number.POSITIVE_INFINITY || item === Number.NEGATIVE_INFINITY) {
      return "must not hold numbers beyond 1.8e308";
    }
    return undefined;
  }
}
