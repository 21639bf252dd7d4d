/** What Redis answers, as the ports have it. */
import type { Appended, ChannelInfo, Kept, Producer, Register, SavedSnapshot } from "@signalbox/core";
import { StoreAway } from "@signalbox/core";
import { fenceRefusal, headRefusal, judgeProducer, type Refusal } from "../../stores/dedupe.ts";
import type { TrimBlock } from "../../stores/trims.ts";
import { noNewChannel } from "../../stores/volatile-channels.ts";
import { conflict } from "../../stores/volatile-registers.ts";

/** Integers are numbers, texts are UTF-8. */
export type Reply = string | number | null | readonly Reply[];

const text = (reply: Reply | undefined): string => (typeof reply === "string" ? reply : String(reply ?? ""));
export const list = (reply: Reply | undefined): readonly Reply[] => (Array.isArray(reply) ? reply : []);
export const texts = (reply: Reply | undefined): string[] => list(reply).map(text);

/** A channel's meta (lua/channel.lua). */
export function infoOf(channel: string, meta: string): ChannelInfo {
  const [epoch = "", , , top, floor, bytes, createdMs, updatedMs] = meta.split(" ");
  return {
    channel,
    epoch,
    floor: Number(floor),
    top: Number(top),
    bytes: Number(bytes),
    createdMs: Number(createdMs),
    updatedMs: Number(updatedMs),
  };
}

/** `line`: the sender's time and the type, as append.ts wrote them. */
export function eventOf(offset: number, line: string, body: string): Kept {
  const space = line.indexOf(" ");
  return { offset, type: line.slice(space + 1), timestampMs: Number(line.slice(0, space)), body };
}

/** Headers, which begin with the time of keeping, and bodies by turns. */
export function eventsOf(rows: readonly Reply[], first: number): Kept[] {
  const events: Kept[] = [];
  for (let i = 0; i + 1 < rows.length; i += 2) {
    const header = text(rows[i]);
    events.push(eventOf(first + i / 2, header.slice(header.indexOf(" ") + 1), text(rows[i + 1])));
  }
  return events;
}

/** Counts beside a register: `-` where there are none. */
export const countsIn = (joined: string): { counts?: number[] } =>
  joined === "-" ? {} : { counts: joined.split(",").filter(Boolean).map(Number) };

export const joinCounts = (counts: readonly number[]): string => (counts.length === 0 ? "," : counts.join(","));

/** A register without the epoch of its channel, whose encoded name it has instead. */
export interface StoredRegister extends Omit<Register, "epoch"> {
  channel: string;
}

/** As lua/registers.lua keeps it. */
export function registerOf(key: string, kept: string): StoredRegister {
  const end = kept.indexOf("\n");
  const [version, , offset, channel = "", counts = "-"] = kept.slice(0, end).split(" ");
  return {
    key,
    version: Number(version),
    value: kept.slice(end + 1),
    offset: Number(offset),
    ...countsIn(counts),
    channel,
  };
}

/** As lua/snapshot.lua keeps it. */
export function snapshotOf(channel: string, reducer: string | undefined, kept: string): SavedSnapshot {
  const end = kept.indexOf("\n");
  const [epoch = "", offset, version] = kept.slice(0, end).split(" ");
  const saved = { channel, epoch, offset: Number(offset), version: Number(version), state: kept.slice(end + 1) };
  return reducer === undefined ? saved : { ...saved, reducer };
}

/** Written by lua/trim.lua. */
export const blocksOf = (reply: Reply): TrimBlock[] => texts(reply).map((block) => JSON.parse(block) as TrimBlock);

/** What lua/append.lua says of one entry. `epoch`: of its channel. */
export function appendedOf(reply: Reply | undefined, epoch: string, producer: Producer | undefined): Appended {
  if (typeof reply === "number") return { ok: true, epoch, offset: reply, duplicate: false };
  const [is, first = "", second] = texts(reply);
  if (is === "duplicate") {
    const known = first === "" ? {} : { offset: Number(first) };
    return { ok: true, epoch, ...known, duplicate: true };
  }
  if (is === "conflict") return conflict({ version: Number(first), value: second });
  if (is === "absent") return noNewChannel;
  const refused = refusalOf(is, first, second, producer);
  if (refused === undefined) throw new StoreAway(`Redis answered something else than what was asked: ${is}`);
  return { ok: false, code: refused.code, message: refused.message, details: refused.details };
}

/** In the words that every store has for it. */
function refusalOf(
  is: string | undefined,
  first: string,
  second: string | undefined,
  producer: Producer = { id: "", epoch: 0, seq: 0 },
): Refusal | undefined {
  const number = Number(first);
  const standing = { seq: 0, offset: 0, recent: [] };
  if (is === "moved") return headRefusal({ epoch: "", offset: -1 }, { epoch: first, offset: Number(second) });
  if (is === "fence") return fenceRefusal({ producers: [], epoch: number }, [{ ...standing, epoch: number }]);
  const known =
    is === "fenced" ? { ...standing, epoch: number } : { ...standing, epoch: producer.epoch, seq: number - 1 };
  const verdict = judgeProducer(known, producer);
  return verdict.is === "refused" ? verdict : undefined;
}

/** Beginnings of error replies, and what they mean in plain words. */
const causes: readonly (readonly [beginning: string, cause: string])[] = [
  ["OOM", "Redis is at its maxmemory and takes no more"],
  ["READONLY", "this Redis is a replica now"],
  ["LOADING", "Redis is still reading its data"],
  ["MASTERDOWN", "the replica has no primary"],
  ["CLUSTERDOWN", "the Redis Cluster does not serve all slots"],
  ["MOVED", "the slot has moved to another server"],
  ["ASK", "the slot is moving to another server"],
  ["TRYAGAIN", "the slot is moving to another server"],
  ["MISCONF", "Redis cannot write to its disk"],
  ["NOREPLICAS", "Redis has too few replicas to take writes"],
  ["BUSY", "Redis runs a script that does not end"],
  ["NOAUTH", "Redis wants a password"],
  ["WRONGPASS", "Redis does not accept the password"],
  ["NOPERM", "the Redis user lacks a right"],
  ["WRONGTYPE", "a key in Redis is not of this gateway's making"],
];

/** Whatever went wrong: a write may or may not have been kept. */
export function awayOf(error: unknown): StoreAway {
  if (error instanceof StoreAway) return error;
  const message = error instanceof Error ? error.message : String(error);
  const cause = causes.find(([beginning]) => message.startsWith(beginning) || message.includes(` ${beginning} `))?.[1];
  return new StoreAway(cause === undefined ? `Redis cannot be reached: ${message}` : `${cause}: ${message}`, {
    cause: error,
  });
}
