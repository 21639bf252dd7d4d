/** Pages of a tenant's audit: what fits, oldest first after a position or newest first before one. */
import { type ChannelInfo, type Page, planStart } from "@signalbox/core";
import { matchesPattern, type Since } from "@signalbox/protocol";
import type { AuditEntry } from "./entry.ts";
import { auditChannel, entryIn, type Trail } from "./trail.ts";

export interface AuditFilter {
  /** `KIND:ID`; with a `*` at its end, what begins so. */
  who?: string;
  what?: ReadonlySet<string>;
  /** A channel, key, principal or connection; with a `*` at its end, what begins so. */
  target?: string;
  about?: string;
  /** `ok`, `refused` for all that is not, or the name of an error. */
  result?: string;
  fromMs?: number;
  untilMs?: number;
}

export interface AuditPage {
  epoch: string;
  floor: number;
  top: number;
  entries: Array<AuditEntry & { position: string }>;
  /** Where to go on. */
  next: string;
  /** There may be more in that direction now. */
  more: boolean;
  /** Entries after the position that are gone: retention removed them, or earlier history was lost. */
  gap?: "trimmed" | "epoch_changed";
}

function fits(filter: AuditFilter, entry: AuditEntry): boolean {
  const { who, what, target, about, result, fromMs, untilMs } = filter;
  return (
    (who === undefined || matchesPattern(who, entry.who)) &&
    (what === undefined || what.has(entry.what)) &&
    (target === undefined || (entry.target !== undefined && matchesPattern(target, entry.target))) &&
    (about === undefined || entry.about === about) &&
    (result === undefined || (result === "refused" ? entry.result !== "ok" : entry.result === result)) &&
    (fromMs === undefined || entry.at >= fromMs) &&
    (untilMs === undefined || entry.at <= untilMs)
  );
}

/** One request looks at so many entries, before it says how far it came. */
const lookedAt = 20_000;
const pageEntries = 1_000;
const pageBytes = 1_048_576;

/** `beyond`: the position is not there. */
export async function readForward(
  { store }: Trail,
  since: Since,
  limit: number,
  filter: AuditFilter,
): Promise<AuditPage | "beyond"> {
  const info = await standing(store);
  const start = planStart(since, info.epoch, info.top);
  if (start === "beyond") return start;
  const page = { epoch: info.epoch, floor: info.floor, top: info.top, entries: [] as AuditPage["entries"] };
  let after = start.offset;
  const lost = start.gap?.reason === "epoch_changed" ? start.gap.reason : undefined;
  const trimmed = !start.lenient && after + 1 < info.floor ? "trimmed" : undefined;
  const gap = lost ?? trimmed;
  after = Math.max(after, info.floor - 1);
  let looked = 0;
  let top = info.top;
  while (after < top && page.entries.length < limit && looked < lookedAt) {
    const read: Page = await store.read(auditChannel, after, pageEntries, pageBytes);
    if (read.epoch !== page.epoch || read.events.length === 0) break;
    ({ top } = read);
    for (const { offset, body } of read.events) {
      if (page.entries.length >= limit) break;
      after = offset;
      looked++;
      const entry = entryIn(body);
      if (fits(filter, entry)) page.entries.push({ ...entry, position: `${page.epoch}:${offset}` });
    }
  }
  return { ...page, top, next: `${page.epoch}:${after}`, more: after < top, ...(gap === undefined ? {} : { gap }) };
}

/** `before`: exclusive; absent for the newest. */
export async function readBackward(
  { store }: Trail,
  before: { epoch: string; offset: number } | undefined,
  limit: number,
  filter: AuditFilter,
): Promise<AuditPage> {
  const info = await standing(store);
  const { epoch, floor, top } = info;
  const page = { epoch, floor, top, entries: [] as AuditPage["entries"] };
  let end = before === undefined || before.epoch !== epoch ? top + 1 : Math.min(before.offset, top + 1);
  let looked = 0;
  while (end > floor && page.entries.length < limit && looked < lookedAt) {
    const begin = Math.max(floor - 1, end - 1 - pageEntries);
    const found = await upTo(store, begin, end);
    for (const { offset, body } of found.reverse()) {
      if (page.entries.length >= limit) break;
      end = offset;
      looked++;
      const entry = entryIn(body);
      if (fits(filter, entry)) page.entries.push({ ...entry, position: `${epoch}:${offset}` });
    }
    if (found.length === 0) end = begin + 1;
  }
  return { ...page, next: `${epoch}:${end}`, more: end > floor };
}

/** All events between, both exclusive. */
async function upTo(store: Trail["store"], after: number, end: number): Promise<Page["events"]> {
  const all: Page["events"] = [];
  for (let from = after; from < end - 1; ) {
    const { events } = await store.read(auditChannel, from, end - 1 - from, pageBytes);
    const wanted = events.filter(({ offset }) => offset < end);
    all.push(...wanted);
    if (wanted.length === 0) break;
    from = wanted.at(-1)?.offset ?? end;
  }
  return all;
}

async function standing(store: Trail["store"]): Promise<ChannelInfo> {
  const none = { channel: auditChannel, epoch: store.epoch, floor: 1, top: 0, bytes: 0, createdMs: 0, updatedMs: 0 };
  return (await store.info(auditChannel)) ?? none;
}
