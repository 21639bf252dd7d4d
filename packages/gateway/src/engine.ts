/**
 * The node under a tenant's hub: keeps events in the tenant's part of the store, and tells what was kept before it answers. Where
 * other nodes share the store, what is kept in a channel that is watched comes from all of them, and is told in its order.
 */
import { hash, randomUUID } from "node:crypto";
import {
  type Appended,
  type ChannelInfo,
  type Done,
  type Entry,
  type Failure,
  Following,
  type HubPorts,
  hasFailed,
  type Kept,
  type Page,
  type Principal,
  type Register,
  type RegisterQuery,
  type SavedSnapshot,
  type SearchQuery,
  type SearchResult,
  SharedPublication,
  type Store,
  StoreAway,
  StoreFailed,
  type Tally,
  type Trimmed,
} from "@signalbox/core";
import type { Limits, Message, Position } from "@signalbox/protocol";
import type { Access } from "./auth/access.ts";
import { guard } from "./guard.ts";
import type { Health } from "./health.ts";
import { Ids } from "./ids.ts";
import type { Log } from "./log.ts";
import type { Timings } from "./metrics/timings.ts";
import { Order } from "./order.ts";

interface EngineOptions {
  store: Store;
  access: Pick<Access, "authenticate">;
  limits: Limits;
  health: Health;
  log: Log;
  tally: Tally;
  timings: Timings;
  /** Gets what was kept, in the order of offsets per channel, before the append is answered. */
  committed(publications: readonly SharedPublication[]): void;
  /** Gets what this node kept itself, after viewers were told: for what has to be done once. */
  keptHere?(publications: readonly SharedPublication[]): void;
  /** To other nodes, where there are any. */
  link?: TenantLink | undefined;
  /** By the store's word a channel stands here, and what lies before was not all told. */
  stands(channel: string, position: Position): void;
}

/** A tenant's way to other nodes; as `Broker` has it, with the tenant's names. */
export interface TenantLink {
  follow(channel: string): Promise<ChannelInfo | undefined>;
  unfollow(channel: string): void;
  pass(channel: string, body: string): void;
  tell(topic: string, body: string): void;
}

/** When the store failed or is full of work, trying again sooner would not help. */
const retryAfterFailureMs = 5_000;
const retryAfterOverloadMs = 500;
/** A store that is away may be back soon. */
const retryAfterAwayMs = 1_000;
/** A channel's place is compared with the store's after so long; so many at a time. */
const proveMs = 40_000;
const provedAtOnce = 500;

export class Engine implements HubPorts {
  readonly #options: EngineOptions;
  readonly #store: Store;
  readonly #appends: Order;
  readonly #reads: Order;
  readonly #ids = new Ids();
  readonly #following: Following<SharedPublication>;
  #inflight = 0;
  #inflightBytes = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#store = options.store;
    const fault = (error: unknown): void => options.log.error({ err: error }, "a fault while answering");
    this.#appends = new Order(fault);
    this.#reads = new Order(fault);
    const { committed, stands } = options;
    this.#following = new Following({
      tell: (_channel, publications) => this.#guarded(() => committed(publications)),
      stands: (channel, position) => this.#guarded(() => stands(channel, position)),
      look: (channel) => this.#look(channel),
      after: (ms, run) => this.after(ms, run),
      steadyMs: () => this.steadyMs(),
    });
  }

  get isShared(): boolean {
    return this.#options.link !== undefined;
  }

  get canSearch(): boolean {
    return this.#store.can.search;
  }

  /** Events on their way into the store, and their bytes. */
  /** `following`: channels of which this node hears what others keep. */
  get counts(): { inflight: number; inflightBytes: number; following: number } {
    return { inflight: this.#inflight, inflightBytes: this.#inflightBytes, following: this.#following.size };
  }

  nowMs(): number {
    return Date.now();
  }

  steadyMs(): number {
    return performance.now();
  }

  soon(run: () => void): void {
    setImmediate(() => guard(this.#options.log, "while replaying", run));
  }

  after(ms: number, run: () => void): void {
    setTimeout(() => guard(this.#options.log, "when it was time", run), ms).unref();
  }

  newId(): string {
    return this.#ids.next();
  }

  append(entries: readonly Entry[], messages: readonly Message[], done: Done<Appended[]>): void {
    const answer = this.#appends.slot(done);
    let bytes = 0;
    for (const { body } of entries) bytes += body.length;
    const { inflightAppends, inflightAppendBytes } = this.#options.limits;
    if (this.#inflight + entries.length > inflightAppends || this.#inflightBytes + bytes > inflightAppendBytes) {
      const details = { retryAfterMs: retryAfterOverloadMs };
      answer(() => ({ failed: "overloaded", message: "too many events wait to be kept", details }));
      return;
    }
    this.#inflight += entries.length;
    this.#inflightBytes += bytes;
    const landed = (): void => {
      this.#inflight -= entries.length;
      this.#inflightBytes -= bytes;
    };
    const { timings } = this.#options;
    const beganMs = performance.now();
    this.#store.append(entries).then(
      (results) => {
        landed();
        timings.store.record(performance.now() - beganMs);
        answer(() => {
          this.#tell(entries, messages, results);
          timings.publish.record(performance.now() - beganMs);
          return results;
        });
      },
      (error: unknown) => {
        landed();
        answer(() => this.#failure(error, "append"));
      },
    );
  }

  /** The embedded store has one writer, this node: every commit passes here anyway. */
  attach(channel: string, known: Position | undefined, done: Done<ChannelInfo>): void {
    const { link } = this.#options;
    if (link === undefined) {
      this.info(channel, done);
      return;
    }
    this.#following.begin(channel, known);
    const attached: Done<ChannelInfo> = (answer) => {
      if (!hasFailed(answer)) {
        const position = { epoch: answer.epoch, offset: answer.top };
        // Who knows of none yet begins with the answer; who believed in another one goes on from there.
        if (known !== undefined) this.#following.found(channel, position);
        done(answer);
        if (known === undefined) this.#following.found(channel, position);
        return;
      }
      // Who believes to know where it stands watches already.
      if (known === undefined) this.detach(channel);
      else this.#following.found(channel, undefined);
      done(answer);
    };
    this.#read("follow", link.follow(channel), attached, (found) => found ?? this.#untouched(channel));
  }

  detach(channel: string): void {
    this.#following.end(channel);
    this.#options.link?.unfollow(channel);
  }

  passOn(channel: string, body: string): void {
    this.#options.link?.pass(channel, body);
  }

  tell(topic: string, body: string): void {
    this.#options.link?.tell(topic, body);
  }

  /** An event of a channel that is followed, which some node kept. */
  heard(channel: string, epoch: string, kept: Kept): void {
    if (!this.#following.knows(channel, epoch, kept.offset)) {
      this.#following.take(channel, new SharedPublication(channel, epoch, kept));
    }
  }

  /** Something may have been missed, of these channels or of all. */
  missed(channels?: readonly string[]): void {
    this.#following.lookAt(channels);
  }

  /** To be called about once a second. */
  tick(): void {
    this.#following.prove(proveMs, provedAtOnce);
  }

  /** A channel that nobody published to stands at offset 0 of the store's epoch. */
  info(channel: string, done: Done<ChannelInfo>): void {
    this.#read("info", this.#store.info(channel), done, (found) => found ?? this.#untouched(channel));
  }

  read(channel: string, after: number, limit: number, maxBytes: number, done: Done<Page>): void {
    this.#read("read", this.#store.read(channel, after, limit, maxBytes), done, same);
  }

  trimmed(channel: string, from: number, to: number, done: Done<Trimmed>): void {
    this.#read("trimmed", this.#store.trimmed(channel, from, to), done, same);
  }

  list(pattern: string, after: string, limit: number, done: Done<ChannelInfo[]>): void {
    this.#read("list", this.#store.list(pattern, after, limit), done, same);
  }

  loadSnapshot(channel: string, reducer: string | undefined, done: Done<{ saved: SavedSnapshot | undefined }>): void {
    this.#read("loadSnapshot", this.#store.loadSnapshot(channel, reducer), done, (saved) => ({ saved }));
  }

  register(key: string, done: Done<{ register: Register | undefined }>): void {
    this.#read("register", this.#store.register(key), done, (register) => ({ register }));
  }

  registers(query: RegisterQuery, done: Done<Register[]>): void {
    this.#read("registers", this.#store.registers(query), done, same);
  }

  sha256(text: string): string {
    return hash("sha256", text);
  }

  /** A snapshot that is lost is folded again: worth a line, not a failure. */
  saveSnapshots(batch: readonly SavedSnapshot[]): void {
    this.#store.saveSnapshots(batch).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, "snapshots were not saved");
    });
  }

  /** Answers when it is found: nobody else waits for a slow search. */
  search(query: SearchQuery, done: Done<SearchResult>): void {
    this.#store.search(query).then(done, (error: unknown) => done(this.#failure(error, "search")));
  }

  authenticate(token: string, address: string | undefined, done: Done<Principal>): void {
    this.#options.access.authenticate(token, address, done);
  }

  #read<Found, Answer extends object>(
    what: string,
    found: Promise<Found>,
    done: Done<Answer>,
    answerOf: (found: Found) => Answer,
  ): void {
    const answer = this.#reads.slot(done);
    found.then(
      (value) => answer(() => answerOf(value)),
      (error: unknown) => answer(() => this.#failure(error, what)),
    );
  }

  #tell(entries: readonly Entry[], messages: readonly Message[], results: readonly Appended[]): void {
    const publications: SharedPublication[] = new Array(results.length);
    let kept = 0;
    for (let index = 0; index < results.length; index++) {
      const entry = entries[index];
      const result = results[index];
      if (entry === undefined || result === undefined || !result.ok || result.duplicate) continue;
      const { type, timestampMs, body } = entry;
      const event = { offset: result.offset, type, timestampMs, body };
      publications[kept++] = new SharedPublication(entry.channel, result.epoch, event, messages[index]);
    }
    publications.length = kept;
    this.#options.tally.kept += kept;
    if (kept === 0) return;
    if (this.isShared) this.#tellFollowed(publications);
    else this.#guarded(() => this.#options.committed(publications));
    this.#guarded(() => this.#options.keptHere?.(publications));
  }

  #tellFollowed(publications: readonly SharedPublication[]): void {
    // Nobody watches these, and so nobody minds in which order they come among those of other nodes.
    const others = publications.filter((publication) => !this.#following.take(publication.channel, publication));
    if (others.length > 0) this.#guarded(() => this.#options.committed(others));
  }

  /** They are kept: whatever goes wrong in telling of it, the publisher has to hear that. */
  #guarded(tell: () => void): void {
    guard(this.#options.log, "while telling of what was kept", tell);
  }

  #look(channel: string): void {
    this.#options.link?.follow(channel).then(
      (found) => {
        const { epoch, top: offset } = found ?? this.#untouched(channel);
        this.#following.found(channel, { epoch, offset });
      },
      () => this.#following.found(channel, undefined),
    );
  }

  #untouched(channel: string): ChannelInfo {
    return { channel, epoch: this.#store.epoch, floor: 1, top: 0, bytes: 0, createdMs: 0, updatedMs: 0 };
  }

  #failure(error: unknown, what: string): Failure {
    const { health, log } = this.#options;
    if (error instanceof StoreFailed) {
      if (health.storeFailed(error.message)) log.error({ err: error }, "the store failed; it takes no more writes");
      return {
        failed: "unavailable",
        message: "the store cannot take writes",
        details: { retryAfterMs: retryAfterFailureMs },
      };
    }
    if (error instanceof StoreAway) {
      return { failed: "unavailable", message: error.message, details: { retryAfterMs: retryAfterAwayMs } };
    }
    const id = randomUUID();
    log.error({ err: error, id, what }, "the store gave an error");
    return { failed: "internal", message: "the store gave an error", details: { id } };
  }
}

const same = <Value>(value: Value): Value => value;
