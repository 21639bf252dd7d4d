/** The web GUI over Redis (S§5): webgui:* in, webgui:* out. */
import {
  type ChannelInfo,
  compileRights,
  type Page,
  type Principal,
  principalOf,
  type SharedPublication,
} from "@signalbox/core";
import type { Draft, PublishResult } from "@signalbox/protocol";
import type { WebguiConfig } from "../../config/webgui.ts";
import { ask } from "../../http/ask.ts";
import type { WebguiCounted } from "../../metrics/webgui.ts";
import type { Node } from "../../node.ts";
import type { Tenant } from "../../tenants.ts";
import type { Transport } from "../../transports/transport.ts";
import { Counts } from "./counts.ts";
import { Listener } from "./listener.ts";
import { Names } from "./names.ts";
import { isWanted, writeWebgui } from "./outward.ts";
import { type Place, readPlace } from "./places.ts";
import { StreamReader } from "./stream.ts";
import { Taking } from "./taking.ts";
import { Writer } from "./writer.ts";

/** What may wait to be kept. */
const waiting = { bytes: 16 * 1_048_576, entries: 50_000 };
/** Milliseconds that a node which ends takes to publish what it heard. */
const endMs = 5_000;
/** Of a channel's newest events, those that are looked at for entries which may have been kept. */
const lookedAt = { events: 1_000, bytes: 16 * 1_048_576 };

export class WebguiSurface implements Transport {
  readonly name = "webgui";
  readonly #node: Node;
  readonly #config: WebguiConfig;
  /** `false`: nodes share a store. */
  readonly #isAlone: boolean;
  readonly #place: Place;
  readonly #names: Names;
  readonly #counts: Counts;
  readonly #principal: Principal;
  readonly #takings: Taking[] = [];
  #listener: Listener | undefined;
  #stream: StreamReader | undefined;
  #writer: Writer | undefined;
  #ending: Promise<void> | undefined;

  constructor(node: Node, config: WebguiConfig, isAlone: boolean) {
    this.#node = node;
    this.#config = config;
    this.#isAlone = isAlone;
    this.#place = readPlace(config.redis);
    this.#names = new Names(config.prefix);
    this.#counts = new Counts(node.log);
    const capabilities = config.rights;
    this.#principal = principalOf(
      { kind: "service", id: "webgui", roles: [], capabilities },
      compileRights(capabilities),
    );
  }

  get counts(): WebguiCounted {
    return this.#counts;
  }

  begin(node: Node): void {
    const { prefix, group, read, stream, write } = this.#config;
    const place = this.#place;
    const counts = this.#counts;
    if (write.length > 0) this.#writer = new Writer(place, prefix, counts);
    if (!read) return;
    const about = { place, prefix, group, counts, names: this.#names, limits: node.limits };
    const listener = new Listener({
      ...about,
      node: node.name,
      isAlone: this.#isAlone,
      taking: this.#taking(),
      reads: (isReading) => this.#reads(isReading),
      unheard: (ms) => this.#unheard(ms),
    });
    this.#listener = listener;
    if (stream === undefined) return;
    this.#stream = new StreamReader({
      ...about,
      key: stream,
      taking: this.#taking(),
      isReading: () => listener.isReading,
      known: (channel, ids) => this.#known(channel, ids),
    });
  }

  /** What this node kept, in the default tenant. */
  kept(publications: readonly SharedPublication[]): void {
    if (this.#writer === undefined) return;
    const view = this.#node.hiding.viewOf({ roles: [] });
    for (const publication of publications) {
      if (!isWanted(publication.channel, publication.type, this.#config.write)) continue;
      const written = writeWebgui(view?.publication(publication) ?? publication, this.#names);
      if (written !== undefined) this.#writer.write(written);
    }
  }

  close(): void {
    this.#ending ??= this.#end();
  }

  /** Resolves when what was heard is published, and another node reads if there is one. */
  async end(): Promise<void> {
    this.close();
    await this.#ending;
  }

  async #end(): Promise<void> {
    await Promise.all([this.#listener?.end(endMs), this.#stream?.end()]);
    for (const taking of this.#takings) taking.end();
    await this.#writer?.end();
  }

  get #tenant(): Tenant {
    return this.#node.tenants.of(undefined);
  }

  #taking(): Taking {
    const publish = (drafts: readonly Draft[], principal: Principal): Promise<PublishResult[]> =>
      new Promise((done) => this.#tenant.hub.publish(drafts, { principal }, done));
    const taking = new Taking({
      publish: (drafts) => publish(drafts, this.#principal),
      counts: this.#counts,
      ...waiting,
    });
    this.#takings.push(taking);
    return taking;
  }

  #reads(isReading: boolean): void {
    const { prefix } = this.#config;
    this.#counts.reading = isReading;
    this.#node.log.info(`webgui: this node ${isReading ? "reads" : "no longer reads"} ${prefix}:*`);
  }

  #unheard(ms: number): void {
    this.#counts.unheardMs += ms;
    const seconds = (ms / 1_000).toFixed(1);
    const message = `Nobody listened to ${this.#config.prefix}:* for ${seconds} s; what was published to it then is lost.`;
    this.#node.log.warn({ unheardMs: ms }, `webgui: ${message}`);
    const { hub, engine } = this.#tenant;
    const toMs = engine.nowMs();
    const details = { component: "webgui", fromMs: toMs - ms, toMs };
    const data = { level: "warning", title: "Messages of agents may be missing", message, details };
    const notice = { type: "system_notification", channel: "global", data };
    hub.publish([notice], { principal: hub.steering.own }, () => {});
  }

  async #known(channel: string, ids: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const { engine } = this.#tenant;
    const { top } = await ask<ChannelInfo>((done) => engine.info(channel, done));
    const { events, bytes } = lookedAt;
    const known = new Set<string>();
    for (let after = Math.max(0, top - events); after < top; ) {
      const page = await ask<Page>((done) => engine.read(channel, after, events, bytes, done));
      if (page.events.length === 0) break;
      for (const { body, offset } of page.events) {
        const { id } = JSON.parse(body) as { id: string };
        if (ids.has(id)) known.add(id);
        after = offset;
      }
    }
    return known;
  }
}
