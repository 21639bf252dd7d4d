/**
 * Tells people what needs them, where they are not looking (§15). What happened is heard from what this node keeps; what was told is
 * kept where all nodes see it. So one node tells, and another goes on where that one is gone.
 */
import {
  Agenda,
  type Delivery,
  type Errand,
  lifeOf,
  type Matter,
  type Notice,
  type Principal,
  planNotice,
  type Redactor,
  type Register,
  type SharedPublication,
} from "@signalbox/core";
import type { Access } from "../auth/access.ts";
import { ask } from "../http/ask.ts";
import type { Log } from "../log.ts";
import type { Node } from "../node.ts";
import { tenantPrefix } from "../stores/names.ts";
import type { Carried, Carrier, Endpoint, Note } from "./carrier.ts";
import type { Records, Settled } from "./records.ts";
import {
  aboutAgent,
  aboutCheckpoint,
  channelOf,
  concerns,
  isTrouble,
  lookUpSubject,
  matterOf,
  type Subject,
} from "./subjects.ts";
import { noteId, noteOf } from "./wording.ts";

interface NotifierOptions {
  records: Records;
  carriers: readonly Carrier[];
  redactor: Pick<Redactor, "text">;
  log: Log;
  nowMs(): number;
  /** The gateway can be used, and who is there may have come back to it. */
  graceMs?: number;
}

/** What an errand is, once it was looked up. */
interface Looked extends Errand {
  endpoint: Endpoint | undefined;
  subject: Subject | undefined;
  principal: Principal | undefined;
  isLooking: boolean;
}

/** Things to tell that are remembered at once; those beyond are not told, and the log says so. */
const errandsAtMost = 20_000;
/** Looked at in one go, and told at the same time. */
const errandsAtOnce = 500;
const carriedAtOnce = 16;
/** After a start dashboards need a moment to come back: nobody is told meanwhile what they will see. */
const graceMs = 3_000;
/** What could not be looked up or kept is tried again. */
const againMs = 5_000;
/** An owner who came with a token that ends, and has not come since, is told nothing after so long. */
const unseenMs = 30 * 86_400_000;
const pageSize = 500;
/** All dashboards are members of it while somebody looks at them. */
const dashboards = "global";

const closing: ReadonlySet<string> = new Set(["checkpoint_decided", "checkpoint_expired", "checkpoint_withdrawn"]);

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #agenda = new Agenda(errandsAtMost);
  #node: Node | undefined;
  #startedMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #carrying = 0;
  readonly #settled: Settled[] = [];
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  #runsAgain = false;
  #takesUp = false;
  #hasEnded = false;
  readonly #unfinished = new Set<Promise<void>>();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Called once, when everything else works. */
  begin(node: Node): void {
    this.#node = node;
    this.#startedMs = this.#options.nowMs();
    this.takeUp();
    this.#timer = setInterval(() => this.#wake(), 500).unref();
  }

  /** What an earlier run or a node that is gone has left. */
  takeUp(): void {
    if (this.#node === undefined) return;
    this.#takesUp = true;
    this.#wake();
  }

  /** What this node kept, of one tenant. */
  kept(tenant: string | undefined, publications: readonly SharedPublication[]): void {
    const { records } = this.#options;
    if (records.endpoints.length === 0) return;
    for (const publication of publications) {
      const { type, channel } = publication;
      if (type === "checkpoint_required") {
        const id = memberOf(publication, "checkpointId");
        if (id !== undefined) this.#opened(aboutCheckpoint(tenant, id), tenant);
      } else if (closing.has(type)) {
        const id = memberOf(publication, "checkpointId");
        if (id !== undefined) this.#closed(aboutCheckpoint(tenant, id));
      } else if (type === "agent_status") {
        const about = aboutAgent(tenant, channel);
        if (isTrouble(memberOf(publication, "status"))) this.#opened(about, tenant);
        else if (records.ledger.notices[about] !== undefined) this.#closed(about);
      }
    }
  }

  /** Sends a message that says that it works, and gives what came of it. */
  async test(endpoint: Endpoint): Promise<Delivery> {
    // Whoever begins with a test has no keys yet.
    await this.#options.records.keys();
    const nowMs = this.#options.nowMs();
    const note: Note = {
      id: noteId(`test ${nowMs}`, endpoint.id),
      what: "test",
      matter: "needs_you",
      title: "Signalbox can reach you here",
      text: "This is a test: nothing waits for you.",
      channel: dashboards,
      untilMs: nowMs + 60_000,
      links: { open: "settings" },
    };
    const { delivery, carried } = await this.#carry(endpoint, note);
    await this.#options.records.noteTest(endpoint.id, delivery, carried.gone === true);
    return delivery;
  }

  /** What is on its way is let go to its end. */
  async close(): Promise<void> {
    this.#hasEnded = true;
    clearInterval(this.#timer);
    // What it has claimed by now it sends.
    await this.#running;
    await Promise.allSettled(this.#unfinished);
    await this.#flush();
  }

  #opened(about: string, tenant: string | undefined): void {
    const nowMs = this.#options.nowMs();
    const matter = matterOf(about);
    const all = [...this.#endpointsFor(tenant, matter)].map(({ id: to, delayMs }) => ({
      about,
      to,
      dueMs: nowMs + delayMs,
    }));
    if (all.length === 0) return;
    const note = (): void => {
      for (const { dueMs, ...errand } of all) this.#note(errand, dueMs);
      this.#wake();
    };
    // An agent's trouble stands in no register: what has to be told of it is kept beside what was told.
    if (matter === "needs_you") note();
    else {
      const kept = this.#options.records.wait(all);
      this.#finish(kept.then(note, (error: unknown) => this.#failed(error, "what waits was not kept")));
    }
  }

  #closed(about: string): void {
    const nowMs = this.#options.nowMs();
    this.#agenda.hasten(about, nowMs);
    // Another node may have told it a moment ago.
    const look = async (): Promise<void> => {
      if (this.#node?.others !== undefined) await this.#options.records.refresh();
      for (const errand of this.#options.records.errands(about)) this.#note(errand, nowMs);
      this.#wake();
    };
    look().catch((error: unknown) => this.#failed(error, "what was told could not be read"));
  }

  *#endpointsFor(tenant: string | undefined, matter: Matter): Generator<Endpoint> {
    for (const endpoint of this.#options.records.endpoints) {
      if (endpoint.owner.tenant === tenant && endpoint.notify.includes(matter) && !this.#isSilent(endpoint))
        yield endpoint;
    }
  }

  #isSilent({ id, paused }: Endpoint): boolean {
    return paused === true || this.#options.records.standingOf(id).disabled !== undefined;
  }

  #note(errand: Errand, dueMs: number): void {
    if (!this.#agenda.note(errand, dueMs)) {
      this.#options.log.warn(
        { limit: errandsAtMost },
        "too much waits to be told: somebody is not notified of something",
      );
    }
  }

  #wake(): void {
    if (this.#hasEnded || this.#node === undefined) return;
    this.#runsAgain = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#runAll();
  }

  async #runAll(): Promise<void> {
    while (this.#runsAgain && !this.#hasEnded) {
      this.#runsAgain = false;
      try {
        await this.#run();
      } catch (error) {
        this.#failed(error, "notifications were not sent");
      }
    }
    this.#isRunning = false;
  }

  async #run(): Promise<void> {
    const node = this.#node;
    if (node === undefined) return;
    await this.#flush();
    if (this.#takesUp) {
      this.#takesUp = false;
      await this.#findOpen(node);
    }
    const nowMs = this.#options.nowMs();
    if (nowMs < this.#startedMs + (this.#options.graceMs ?? graceMs)) return;
    const errands = this.#agenda.take(nowMs, errandsAtOnce);
    if (errands.length === 0) return;
    try {
      await this.#go(node, errands, nowMs);
    } catch (error) {
      for (const errand of errands) this.#note(errand, nowMs + againMs);
      throw error;
    }
  }

  async #go(node: Node, errands: readonly Errand[], nowMs: number): Promise<void> {
    const { records } = this.#options;
    const subjects = new Map<string, Subject | undefined>();
    for (const { about } of errands) {
      if (!subjects.has(about)) subjects.set(about, await lookUpSubject(node, about));
    }
    const looked = errands.map((errand) => this.#look(node, errand, subjects.get(errand.about)));
    const ready: Looked[] = [];
    for (const one of looked) {
      const plan = this.#plan(node, one, records.noticeOf(one), nowMs);
      if (plan.do === "wait") {
        if (plan.untilMs !== Number.POSITIVE_INFINITY) this.#note(one, plan.untilMs);
      } else if (plan.do !== "forget" || records.noticeOf(one) !== undefined) ready.push(one);
    }
    const room = Math.max(0, carriedAtOnce - this.#carrying);
    // Those for which there is no room come again with the next answer.
    for (const one of ready.slice(room)) this.#note(one, nowMs);
    const now = ready.slice(0, room);
    if (now.length === 0) return;
    const { linkSecret } = await records.keys();
    const won = await records.claim(now, node.name, (one, notice) => {
      const plan = this.#plan(node, one, notice, nowMs);
      return plan.do === "wait" ? undefined : plan.do;
    });
    const isOurs = new Set(won.map(({ errand }) => errand));
    // What another node has claimed is looked at when its time to say so is over.
    for (const one of now)
      if (!isOurs.has(one) && records.noticeOf(one) !== undefined) this.#note(one, nowMs + againMs);
    for (const { errand, what, claimed } of won) {
      const { endpoint, subject, principal, about } = errand;
      if (endpoint === undefined || subject === undefined) continue;
      const view = principal === undefined ? undefined : node.hiding.viewOf(principal);
      const words = { redactor: this.#options.redactor, secret: linkSecret, nowMs };
      const note = noteOf(about, subject, what === "send" ? "opened" : "withdrawn", endpoint, view, words);
      this.#send(errand, claimed, endpoint, note);
    }
  }

  #look(node: Node, errand: Errand, subject: Subject | undefined): Looked {
    const endpoint = this.#options.records.find(errand.to);
    const principal = endpoint && presentOwner(node.access, endpoint, this.#options.nowMs());
    const isLooking = principal !== undefined && subject !== undefined && looksAt(node, principal, channelOf(subject));
    return { ...errand, endpoint, subject, principal, isLooking };
  }

  #plan(node: Node, { endpoint, subject, principal, isLooking }: Looked, notice: Notice | undefined, nowMs: number) {
    if (endpoint === undefined || subject === undefined) return { do: "forget" } as const;
    const isAsked = notice !== undefined || openedMs(subject) >= endpoint.createdMs;
    const mayBeTold = principal !== undefined && concerns(subject, principal) && !this.#isSilent(endpoint);
    // Who may not be told any more is not told that it is over, either.
    if (!mayBeTold) return { do: "forget" } as const;
    return planNotice(notice, {
      nowMs,
      dueMs: openedMs(subject) + endpoint.delayMs,
      isOpen: subject.isOpen && isAsked,
      isLooking,
      isAlive: (name) => name === node.name || node.peers?.working.includes(name) === true,
    });
  }

  #send({ about, to }: Errand, claimed: Notice, endpoint: Endpoint, note: Note): void {
    this.#carrying++;
    const sent = this.#carry(endpoint, note).then(({ delivery, carried }) => {
      this.#carrying--;
      this.#settled.push({ about, to, claimed, outcome: carried.outcome, delivery, gone: carried.gone === true });
      this.#wake();
    });
    this.#finish(sent);
  }

  /** The gateway does not end before it has. */
  #finish(work: Promise<void>): void {
    this.#unfinished.add(work);
    void work.finally(() => this.#unfinished.delete(work));
  }

  async #carry(endpoint: Endpoint, note: Note): Promise<{ delivery: Delivery; carried: Carried }> {
    const { carriers, nowMs } = this.#options;
    const carrier = carriers.find(({ kind }) => kind === endpoint.kind);
    const atMs = nowMs();
    const carried: Carried = (await carrier?.carry(endpoint, note)) ?? {
      outcome: "refused",
      error: "nobody can send it",
    };
    const { status, error } = carried;
    const delivery: Delivery = {
      ...{ id: note.id, what: note.what, atMs, tookMs: Math.max(0, nowMs() - atMs) },
      ...(status === undefined ? {} : { status }),
      ...(error === undefined ? {} : { error: error.slice(0, 300) }),
    };
    return { delivery, carried };
  }

  /** What came of what was sent is kept, all of it at once. */
  async #flush(): Promise<void> {
    const { records, nowMs, log } = this.#options;
    const settled = this.#settled.splice(0);
    if (settled.length === 0) return;
    try {
      await records.settle(settled);
    } catch (error) {
      this.#settled.unshift(...settled);
      throw error;
    }
    for (const one of settled) {
      const { error, status } = one.delivery;
      if (error !== undefined) log.warn({ endpoint: one.to, status, error }, "a notification was not taken");
      // Also what was taken: it may be over by now, and another node did not know that it was told.
      this.#note(one, records.noticeOf(one)?.state === "waiting" ? (records.noticeOf(one)?.dueMs ?? 0) : nowMs());
    }
    const gone = settled.filter((one) => one.gone && records.find(one.to)?.kind === "web-push").map(({ to }) => to);
    if (gone.length > 0) await records.remove(new Set(gone));
  }

  /** Looks through all that waits for somebody, and all that was told. */
  async #findOpen({ tenants }: Node): Promise<void> {
    const { records } = this.#options;
    await records.refresh();
    for (const tenant of new Set(records.endpoints.map(({ owner }) => owner.tenant))) {
      const { engine } = tenants.of({ tenant });
      const endpoints = [...this.#endpointsFor(tenant, "needs_you")];
      for (let after = ""; endpoints.length > 0; ) {
        const query = { prefix: "checkpoint/", after, limit: pageSize, open: true } as const;
        const page = await ask<Register[]>((done) => engine.registers(query, done));
        for (const register of page) {
          after = register.key;
          const life = lifeOf("checkpoint", register);
          if (life === undefined) continue;
          for (const { id: to, delayMs, createdMs } of endpoints) {
            const { requestedAt } = life.state;
            const errand = { about: tenantPrefix(tenant) + register.key, to };
            if (requestedAt >= createdMs && records.noticeOf(errand) === undefined)
              this.#note(errand, requestedAt + delayMs);
          }
        }
        if (page.length === 0) break;
      }
    }
    for (const errand of records.errands()) this.#note(errand, records.noticeOf(errand)?.dueMs ?? 0);
  }

  #failed(error: unknown, what: string): void {
    this.#options.log.warn({ err: error }, what);
  }
}

/** When it began; of an agent's trouble only what is kept says it, and it is kept with its time. */
const openedMs = (subject: Subject): number =>
  subject.matter === "needs_you" ? subject.checkpoint.requestedAt : Number.POSITIVE_INFINITY;

/** Whose rights count: `undefined` where they were revoked, or have not been seen for long. */
export function presentOwner(access: Access, { owner, renewedMs }: Endpoint, nowMs: number): Principal | undefined {
  const ends = owner.keyId === undefined && owner.expiresAtMs !== undefined;
  return ends && nowMs - renewedMs > unseenMs ? undefined : access.present(owner);
}

/** A dashboard of this person is awake, or looks at that very channel. */
function looksAt({ tenants }: Node, principal: Principal, channel: string): boolean {
  const { presence } = tenants.of(principal).hub;
  return presence.isLooking(dashboards, principal.key) || presence.isLooking(channel, principal.key);
}

function memberOf(publication: SharedPublication, name: string): string | undefined {
  const { data } = publication.message();
  const value: unknown = typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;
  return typeof value === "string" ? value : undefined;
}
