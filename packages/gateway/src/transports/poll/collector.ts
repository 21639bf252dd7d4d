/** Collects what one poll answers, and knows when that is enough. */
import type { Socket } from "node:net";
import type { Outbox, Principal, Session, SharedPublication, StateMessages } from "@signalbox/core";
import type {
  CloseName,
  Draft,
  LeaseData,
  Message,
  Position,
  PresenceData,
  SubscribeData,
  SubscriptionUpdate,
} from "@signalbox/protocol";
import { guard } from "../../guard.ts";
import type { Holder } from "../../load.ts";
import type { Node } from "../../node.ts";

export interface CollectorOptions {
  socket: Socket;
  node: Node;
  transport: string;
  principal: Principal;
  address: string | undefined;
  drafts: readonly Draft[];
  /** 0: as soon as the requests are answered and what is there already was collected. */
  waitMs: number;
}

export class Collector implements Outbox, Holder {
  readonly #options: CollectorOptions;
  readonly #session: Session;
  /** Positions that the client says it has, by channel. */
  readonly #known: ReadonlyMap<string, Position>;
  readonly #texts: string[] = [];
  #bytes = 0;
  /** Something the client did not know before. */
  #news = false;
  #answer: ((messages: readonly string[]) => void) | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #answering = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#known = knownPositions(options.drafts);
    const { node, principal, transport, address } = options;
    this.#session = node.tenants.of(principal).hub.open(this, principal, { transport, address });
  }

  /** Calls `answer` once, unless `end` comes first. */
  start(answer: (messages: readonly string[]) => void): void {
    const { drafts, waitMs } = this.#options;
    this.#answer = answer;
    if (waitMs > 0) this.#deadline = setTimeout(() => this.end(), waitMs);
    const { log } = this.#options.node;
    guard(
      log,
      "while answering a poll",
      () => this.#session.accept(drafts),
      () => this.end(),
    );
  }

  /** What was collected is the page so far: over the limit, delivery pauses and the page is answered. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  get socket(): Socket {
    return this.#options.socket;
  }

  get heldBytes(): number {
    return this.#bytes;
  }

  /** What is answered early is free early. */
  shed(): void {
    this.end();
  }

  publication(publication: SharedPublication): void {
    this.#take(publication.json);
    this.#news = true;
    const { replayEvents, replayBytes } = this.#options.node.limits;
    if (this.#session.settled || this.#texts.length >= replayEvents || this.#bytes >= replayBytes) this.#answerSoon();
  }

  /** As many as come at once are one page. */
  states({ texts }: StateMessages): void {
    for (const text of texts) this.#take(text);
    this.#news = true;
    if (this.#session.settled || this.#bytes >= this.#options.node.limits.replayBytes) this.#answerSoon();
  }

  control(message: Message): void {
    this.#take(JSON.stringify(message));
    if (!this.#isNews(message)) return;
    this.#news = true;
    if (this.#session.settled) this.#answerSoon();
  }

  settled(): void {
    const { waitMs, drafts } = this.#options;
    if (this.#news || waitMs === 0 || !drafts.some(waits)) this.#answerSoon();
  }

  close(_code: CloseName): void {
    this.end();
  }

  /** Answers with what there is. */
  end(): void {
    const answer = this.#answer;
    this.#answer = undefined;
    clearTimeout(this.#deadline);
    guard(this.#options.node.log, "while ending a poll", () => this.#session.closed());
    answer?.(this.#texts);
    this.#texts.length = 0;
    this.#bytes = 0;
  }

  #take(text: string): void {
    this.#texts.push(text);
    this.#bytes += text.length;
  }

  /** After the hub has handed out all of what it is handing out now. */
  #answerSoon(): void {
    if (this.#answering) return;
    this.#answering = true;
    setImmediate(() => this.end());
  }

  /** What stands where the client said it does is none; every other answer is. */
  #isNews({ type, data }: Message): boolean {
    if (type === "connect" || type === "auth_expiring") return false;
    if (type === "presence") return isOther(data as PresenceData);
    if (type === "lease") return !this.#renews(data as LeaseData);
    if (type !== "subscription_update") return true;
    const { channel, state, epoch, offset, gap } = data as SubscriptionUpdate;
    if (state !== "subscribed" || gap !== undefined) return true;
    if (epoch === "") return false;
    const known = this.#known.get(channel);
    return known?.epoch !== epoch || known.offset !== offset;
  }

  #renews({ channel, state }: LeaseData): boolean {
    const { drafts } = this.#options;
    return (
      state === "held" &&
      drafts.some(
        ({ type, data }) => type === "lease" && isRenewal(data) && Reflect.get(Object(data), "channel") === channel,
      )
    );
  }
}

/** Without something to hear of there is nothing to wait for. */
function waits({ type, data }: Draft): boolean {
  if (type === "lease") return isRenewal(data);
  return type === "subscribe" || type === "presence";
}

/** Members other than the client knows, or none any more. */
const isOther = ({ members, leave }: PresenceData): boolean => members !== undefined || leave === true;

/** Not checked yet. */
const isRenewal = (data: unknown): boolean => typeof data === "object" && data !== null && Object.hasOwn(data, "epoch");

function knownPositions(drafts: readonly Draft[]): Map<string, Position> {
  const known = new Map<string, Position>();
  for (const { type, data } of drafts) {
    if (type !== "subscribe" || typeof data !== "object" || data === null) continue;
    const { channel, resource, id, since, positions } = data as SubscribeData;
    // Not checked yet: what is no text has no name to look up, and may not even become one.
    const name = channel ?? (typeof resource === "string" && typeof id === "string" ? `${resource}:${id}` : undefined);
    if (typeof name === "string" && typeof since === "object" && since !== null && "epoch" in since)
      known.set(name, since);
    if (typeof positions !== "object" || positions === null) continue;
    for (const [name, position] of Object.entries(positions)) known.set(name, position);
  }
  return known;
}
