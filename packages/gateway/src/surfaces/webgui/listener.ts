/**
 * Reads webgui:* of plain Pub/Sub. Every node listens, with one subscription however many watch; one of them publishes what it
 * hears, the others hold what that one may not have published yet, and one of them goes on in its place (S§5.6).
 */
import type { Limits } from "@signalbox/protocol";
import type { Counts } from "./counts.ts";
import { readWebgui } from "./inward.ts";
import { Link } from "./links.ts";
import { type Mark, markText, readMark } from "./marks.ts";
import type { Names } from "./names.ts";
import { Office } from "./office.ts";
import type { Place } from "./places.ts";
import { type Heard, Sections } from "./sections.ts";
import type { Taking } from "./taking.ts";

export interface ListenerOptions {
  place: Place;
  names: Names;
  prefix: string;
  group: string;
  /** Name of this node. */
  node: string;
  /** Other nodes have a store of their own, or there are none. */
  isAlone: boolean;
  limits: Limits;
  counts: Counts;
  taking: Taking;
  /** This node reads from now on, or no longer. */
  reads(isReading: boolean): void;
  /** For so many milliseconds nobody listened. */
  unheard(ms: number): void;
}

/** Milliseconds between two marks. */
const markMs = 1_000;
/** Milliseconds in which another node says that it heard what this one did not. */
const answerMs = 3_000;
/** Milliseconds between nodes that begin together: no silence. */
const togetherMs = 250;
/**
 * Milliseconds in which a node that has just begun to listen lets another read: until it hears that there is one, and until that
 * one has the lease of a dead reader.
 */
const othersMs = { answer: 250, read: 6_000 };
const heldBytes = 16 * 1_048_576;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #office: Office;
  readonly #sections: Sections;
  readonly #ears: Link;
  readonly #hands: Link;
  readonly #marks: string;
  readonly #timer: NodeJS.Timeout;
  #isListening = false;
  #isReading = false;
  #isAsking = false;
  #hasEnded = false;
  #hasAsked = false;
  #marked = 0;
  /** Everything before this mark of ours is published. */
  #settled: string | undefined;
  #cutMs: number | undefined;
  /** The mark with which it began to listen. */
  #joined = "";
  #joinedMs = 0;
  /** Whoever heard what came before one of these marks of ours says so. */
  readonly #deaf = new Map<string, NodeJS.Timeout>();
  /** The newest mark of ours of which somebody said so. */
  #heard = "";

  constructor(options: ListenerOptions) {
    const { place, node, prefix, group, counts, isAlone } = options;
    this.#options = options;
    this.#sections = new Sections({ bytes: heldBytes, isAlone });
    this.#marks = `${prefix}-reader:${group}`;
    this.#office = new Office({ node, prefix, group, forces: isAlone });
    // One server has both, so that all nodes hear what it gives out in the same order.
    const there = { place, key: this.#office.keys[0], counts };
    this.#hands = new Link({ ...there, name: "signalbox-webgui", up: () => this.#tick() });
    const ears = { up: (link: Link) => this.#subscribe(link), down: () => this.#cut() };
    this.#ears = new Link({ ...there, name: "signalbox-webgui-ears", ...ears });
    this.#timer = setInterval(() => this.#tick(), markMs);
  }

  /** For whatever else this node does while it reads. */
  get isReading(): boolean {
    return this.#isReading && this.#office.isHeld;
  }

  /** Publishes what it heard, then lets another node go on. */
  async end(withinMs: number): Promise<void> {
    this.#hasEnded = true;
    clearInterval(this.#timer);
    for (const timer of this.#deaf.values()) clearTimeout(timer);
    const wasReading = this.isReading;
    this.#isReading = false;
    const late = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref());
    await Promise.race([this.#options.taking.settled(), late]);
    if (wasReading) await this.#leave();
    await Promise.all([this.#ears.end(), this.#hands.end()]);
  }

  #subscribe(ears: Link): void {
    const { names, counts } = this.#options;
    const id = this.#newMark();
    this.#joined = id;
    ears
      .run(async (client) => {
        await Promise.all([
          client.pSubscribe(names.pattern, (payload, channel) => this.#hear(String(channel), payload), true),
          client.subscribe(this.#marks, (text) => this.#mark(readMark(text))),
        ]);
        // From this mark on it counts as the others do. A connection that listens may publish too (RESP 3).
        await client.publish(this.#marks, markText({ id, joins: true }));
      })
      .then(() => {
        this.#isListening = true;
        this.#joinedMs = performance.now();
        if (!this.#options.isAlone) setTimeout(() => this.#tick(), othersMs.answer);
        if (this.#cutMs !== undefined) this.#missed(id, performance.now() - this.#cutMs);
        this.#cutMs = undefined;
        this.#tick();
      })
      // Cut meanwhile: this is done again when the link is up.
      .catch((error: unknown) => counts.trouble("not subscribed", error));
  }

  #cut(): void {
    this.#cutMs ??= performance.now();
    this.#isListening = false;
    this.#sections.reset();
    const wasReading = this.#isReading;
    this.#stopReading();
    this.#office.lose();
    if (!wasReading || this.#options.isAlone) return;
    if (this.#hands.isReady) void this.#leave();
  }

  #leave(): Promise<void> {
    const { counts } = this.#options;
    return Promise.all([this.#office.giveUp(this.#hands), this.#publish({ left: true })]).then(
      ignore,
      (error: unknown) => counts.trouble("the reader's lease was not given up", error),
    );
  }

  /** What came in so many milliseconds before this mark is lost, unless another node heard it. */
  #missed(mark: string, ms: number): void {
    const { isAlone, unheard } = this.#options;
    if (isAlone) unheard(Math.ceil(ms));
    else if (this.#heard !== mark) {
      const say = (): void => {
        this.#deaf.delete(mark);
        unheard(Math.ceil(ms));
      };
      this.#deaf.set(mark, setTimeout(say, answerMs));
    }
  }

  #wasHeard(mark: string): void {
    this.#heard = mark;
    clearTimeout(this.#deaf.get(mark));
    this.#deaf.delete(mark);
  }

  #hear(channel: string, payload: Buffer): void {
    const isReading = this.isReading;
    const heard = this.#sections.hear(channel, payload, !isReading);
    if (isReading) this.#take(heard);
  }

  #take({ channel, payload, key }: Heard): void {
    const { names, limits, taking, counts, isAlone } = this.#options;
    const read = readWebgui(channel, payload, names, limits);
    if (!read.ok) {
      counts.refuse(read.reason, read.rule, channel);
      return;
    }
    const { draft } = read;
    const metadata = key === undefined || isAlone ? draft.metadata : { ...draft.metadata, idempotencyKey: key };
    if (!taking.push({ ...draft, metadata }, payload.length)) {
      counts.refuse("room", "too many messages wait to be kept", channel);
    }
  }

  #mark({ id, settled, joins, asks, heard, left }: Mark): void {
    if (heard?.startsWith(this.#office.holder) === true) this.#wasHeard(heard);
    if (left === true) this.#tick();
    if (id === undefined) return;
    const isOurs = id.startsWith(this.#office.holder);
    if (!isOurs && joins === true && this.#sections.isCounting) this.#tell({ heard: id });
    if (!isOurs && asks === true && !this.#options.isAlone) this.#publishHeld();
    this.#sections.mark({ id, settled });
    const { term } = this.#office;
    if (!isOurs || !this.#isReading) return;
    void this.#options.taking.settled().then((isDone) => {
      if (isDone && this.#isReading && this.#office.term === term) this.#settled = id;
    });
  }

  /** Others heard more: one of them shall read, so that all is published in order. */
  get #yields(): boolean {
    if (this.#options.isAlone || this.#isReading || this.#sections.isWhole) return false;
    const { answer, read } = othersMs;
    return performance.now() < this.#joinedMs + (this.#heard === this.#joined ? read : answer);
  }

  /** Takes or renews the lease, and marks where it is. */
  #tick(): void {
    if (this.#isAsking || this.#hasEnded || !this.#isListening || !this.#hands.isReady) return;
    if (this.#yields) return;
    this.#isAsking = true;
    this.#office
      .hold(this.#hands)
      .then(({ isHeld, silentMs }) => {
        if (!this.#isListening || this.#hasEnded) return;
        if (!this.#hasAsked && silentMs > togetherMs) this.#missed(this.#joined, silentMs);
        this.#hasAsked = true;
        if (isHeld) this.#read();
        else this.#stopReading();
      })
      .catch((error: unknown) => this.#options.counts.trouble("the reader's lease was not renewed", error))
      .finally(() => {
        this.#isAsking = false;
      });
  }

  #read(): void {
    const asks = !this.#isReading && !this.#sections.isWhole;
    this.#publishHeld();
    if (!this.#isReading) {
      this.#isReading = true;
      this.#options.reads(true);
    }
    if (!asks) {
      this.#tell({ id: this.#newMark(), settled: this.#settled });
      return;
    }
    // Others may hold less than this node: what they have comes behind what it has, and most of it was kept by then.
    const { term } = this.#office;
    void this.#options.taking.settled().then(() => {
      if (this.#isReading && this.#office.term === term) this.#tell({ id: this.#newMark(), asks });
    });
  }

  /** Under keys that all nodes have in common: whatever was published before is not kept again. */
  #publishHeld(): void {
    for (const heard of this.#sections.take()) this.#take(heard);
  }

  #stopReading(): void {
    this.#settled = undefined;
    if (!this.#isReading) return;
    this.#isReading = false;
    this.#options.reads(false);
  }

  #newMark(): string {
    return `${this.#office.holder}.${++this.#marked}`;
  }

  #tell(mark: Mark): void {
    this.#publish(mark).catch(ignore);
  }

  #publish(mark: Mark): Promise<number> {
    return this.#hands.run((client) => client.publish(this.#marks, markText(mark)));
  }
}

const ignore = (): void => {};
