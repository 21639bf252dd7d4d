/** The envelope's rules (spec/protocol.md §1) for one parsed frame: which of its messages would be taken at all. */

export interface Rules {
  batchMessages: number;
  jsonDepth: number;
  jsonKeys: number;
}

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Object]";
const own = (value: Members, name: string): unknown => (Object.keys(value).includes(name) ? value[name] : undefined);

export function isTaken(frame: unknown, rules: Rules): boolean {
  if (!Array.isArray(frame)) return isMessage(frame, rules);
  return frame.length <= rules.batchMessages && frame.every((one) => isMessage(one, rules));
}

function isMessage(value: unknown, rules: Rules): boolean {
  if (!isObject(value)) return false;
  const type = own(value, "type");
  const [id, timestamp, channel, metadata] = ["id", "timestamp", "channel", "metadata"].map((name) => own(value, name));
  return (
    typeof type === "string" &&
    type.length <= 64 &&
    [...type].every((one, at) => (one >= "a" && one <= "z") || (at > 0 && "0123456789_.-".includes(one))) &&
    type !== "" &&
    (id === undefined || isId(id)) &&
    (timestamp === undefined || isWhole(timestamp, 0)) &&
    (channel === undefined || typeof channel === "string") &&
    (metadata === undefined || isMetadata(metadata)) &&
    fits(value, rules)
  );
}

const isId = (value: unknown): boolean =>
  typeof value === "string" &&
  value.length >= 1 &&
  value.length <= 128 &&
  [...value].every((one) => one > " " && one < "\x7f");
const isWhole = (value: unknown, least: number): boolean =>
  typeof value === "number" && value >= least && value <= 2 ** 53 - 1 && value % 1 === 0;
const isShort = (value: unknown, most: number): boolean => typeof value === "string" && value.length <= most;

const isEpoch = (value: unknown): boolean =>
  typeof value === "string" &&
  value.length <= 64 &&
  value !== "" &&
  [...value].every((one) => epochLetters.includes(one));
const epochLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

function isMetadata(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const name of ["version", "source", "correlationId", "idempotencyKey"]) {
    const member = own(value, name);
    if (member !== undefined && !isShort(member, 256)) return false;
  }
  const producer = own(value, "producer");
  if (producer !== undefined) {
    if (!isObject(producer) || !isId(own(producer, "id"))) return false;
    if (!isWhole(own(producer, "epoch"), 0) || !isWhole(own(producer, "seq"), 1)) return false;
  }
  const expected = own(value, "expected");
  if (expected !== undefined) {
    if (!isObject(expected) || !isEpoch(own(expected, "epoch")) || !isWhole(own(expected, "offset"), 0)) return false;
  }
  const tags = own(value, "tags");
  if (tags === undefined) return true;
  if (!isObject(tags) || Object.keys(tags).length > 32) return false;
  return Object.entries(tags).every(([name, tag]) => name.length <= 64 && isShort(tag, 256));
}

/** Depth, keys and numbers; of a subscribe the positions do not count. */
function fits(message: Members, rules: Rules): boolean {
  let keys = 0;
  const visit = (value: unknown, depth: number): boolean => {
    if (typeof value === "number") return Math.abs(value) <= Number.MAX_VALUE;
    if (typeof value !== "object" || value === null) return true;
    if (depth > rules.jsonDepth) return false;
    if (!Array.isArray(value)) keys += Object.keys(value).length;
    if (keys > rules.jsonKeys) return false;
    return Object.values(value).every((member) => visit(member, depth + 1));
  };
  const data = own(message, "data");
  if (own(message, "type") !== "subscribe" || !isObject(data)) return visit(message, 1);
  const { positions: _positions, ...counted } = data;
  // The member itself is counted, whatever it holds.
  return visit({ ...message, data: { ...counted, positions: null } }, 1);
}
