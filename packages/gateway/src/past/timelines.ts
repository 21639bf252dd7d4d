/** What swim-lanes draw of a channel, made block by block and kept: a block that is full changes no more. */
import { setImmediate } from "node:timers/promises";
import { type Page, SharedPublication, type View } from "@signalbox/core";
import { columnsOf } from "@signalbox/core/timeline";
import type { Limits } from "@signalbox/protocol";
import type { Engine } from "../engine.ts";
import { ask } from "../http/ask.ts";
import { KeptTexts } from "./kept-texts.ts";

const blockEvents = 5_000;
const turnEvents = 500;
const pageBytes = 2_097_152;

export interface TimelineQuestion {
  engine: Engine;
  /** Tells tenants apart. */
  tenant: string | undefined;
  channel: string;
  /** The last offset that is wanted; absent: the newest. */
  to: number | undefined;
  /** Events to look at. */
  limit: number;
  view: View | undefined;
}

export class Timelines {
  readonly #blocks: KeptTexts;

  constructor(limits: Limits) {
    this.#blocks = new KeptTexts(limits.pastBytes / 2);
  }

  /** JSON text: `{channel, epoch, floor, top, from, to, blocks}`. */
  async of({ engine, tenant, channel, to, limit, view }: TimelineQuestion): Promise<string> {
    const { epoch, floor, top } = await ask<{ epoch: string; floor: number; top: number }>((done) =>
      engine.info(channel, done),
    );
    const last = Math.min(to ?? top, top);
    // Whole blocks, so that they can be kept: the page may be a little shorter than was asked for.
    const wanted = Math.max(floor, last - limit + 1);
    const whole = Math.ceil((wanted - 1) / blockEvents) * blockEvents + 1;
    const from = whole > last || wanted === floor ? wanted : whole;
    const blocks: string[] = [];
    for (let first = from; first <= last; ) {
      const end = Math.min(last, Math.ceil(first / blockEvents) * blockEvents);
      // What is hidden from somebody is not kept: there are few of them.
      const key =
        view === undefined && end % blockEvents === 0 ? `${tenant ?? ""} ${channel} ${epoch} ${first} ${end}` : "";
      const known = key === "" ? undefined : this.#blocks.get(key);
      const text = known ?? JSON.stringify(await read(engine, { channel, epoch, first, last: end, view }));
      if (key !== "" && known === undefined) this.#blocks.set(key, text);
      blocks.push(text);
      first = end + 1;
    }
    const head = JSON.stringify({ channel, epoch, floor, top, from, to: last }).slice(0, -1);
    return `${head},"blocks":[${blocks.join(",")}]}`;
  }
}

interface Stretch {
  channel: string;
  epoch: string;
  first: number;
  last: number;
  view: View | undefined;
}

async function read(engine: Engine, { channel, epoch, first, last, view }: Stretch) {
  const events: Array<{ offset: number; timestamp: number; type: string; data: unknown }> = [];
  for (let after = first - 1; after < last; ) {
    const limit = Math.min(turnEvents, last - after);
    const page = await ask<Page>((done) => engine.read(channel, after, limit, pageBytes, done));
    if (page.epoch !== epoch || page.events.length === 0) break;
    for (const kept of page.events) {
      after = kept.offset;
      const publication = new SharedPublication(channel, epoch, kept);
      const { data } = (view?.publication(publication) ?? publication).message();
      events.push({ offset: kept.offset, timestamp: kept.timestampMs, type: kept.type, data });
    }
    await setImmediate();
  }
  return columnsOf(first, last, events);
}
