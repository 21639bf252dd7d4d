/** From what somebody sends to what became of each part of it: kept, passed on, or refused. */
import type { Draft, Message, PublishResult } from "@signalbox/protocol";
import { errorData } from "./errors.ts";
import { type Actor, type Failure, type HubOptions, type HubPorts, hasFailed, type Principal } from "./hub-ports.ts";
import { Intake } from "./intake.ts";
import { KnownChannels } from "./known-channels.ts";
import { findPrincipals, type PrincipalOf } from "./message-tokens.ts";
import type { Appended, Entry } from "./ports.ts";
import type { RateLimits } from "./rates/rate-limits.ts";
import type { Desk } from "./steering/desk.ts";
import { kindOf } from "./steering/kinds.ts";
import { recogniseSteps } from "./steering/recognise.ts";
import type { Steering } from "./steering/steering.ts";

/** Times that a step is decided anew when another node was quicker. */
const triesAtMost = 5;

interface Parts {
  ports: HubPorts;
  options: HubOptions;
  steering: Steering;
  /** An event of class ephemeral, to those who watch now. */
  pass(entry: Entry, message: Message): PublishResult;
}

export class Publishing {
  readonly #parts: Parts;
  readonly #intake: Intake;
  readonly #known: KnownChannels;

  constructor(parts: Parts) {
    const { ports, options, steering } = parts;
    this.#parts = parts;
    this.#intake = new Intake(ports, options, steering);
    this.#known = new KnownChannels(options.limits.channelsPerMinute);
  }

  /**
   * Publishes for somebody; each draft has its result, in order. `begun` is called once the order of these events among
   * others is settled: at once, unless tokens that came with them have to be verified first, or steps have to wait for others.
   */
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void, begun: () => void): void {
    findPrincipals(drafts, actor, this.#parts.ports, (principalOf) => {
      this.#parts.steering.prepare(drafts, (named, desk, leave) => {
        this.#publish(named, actor, principalOf, desk, (results) => {
          leave();
          // What the gateway itself tried, and another node was quicker with, is nobody's mistake.
          const counted = actor.principal === this.#parts.steering.own ? [] : results;
          for (const result of counted) if ("error" in result) this.#parts.options.tally.refuse(result.error.name);
          if (desk !== undefined) this.#tellRefused(named, actor, principalOf, results);
          done(results);
        });
        begun();
      });
    });
  }

  #publish(
    drafts: readonly Draft[],
    actor: Actor,
    principalOf: PrincipalOf,
    desk: Desk | undefined,
    done: (results: PublishResult[]) => void,
    tries = 0,
  ): void {
    const { address, charged } = actor;
    const { budgets, leases } = this.#parts.steering;
    const results: PublishResult[] = new Array(drafts.length);
    // As long as they can become, and by index: growing lists and iterators were a quarter of what an event allocates.
    const entries: Entry[] = new Array(drafts.length);
    const messages: Message[] = new Array(drafts.length);
    let kept = 0;
    /** Where the results of entries belong; undefined while each belongs where it stands. */
    let places: number[] | undefined;
    /** Steps to be looked at again, once what came before them is kept or not. */
    let unsettled: number[] | undefined;
    const steadyMs = this.#parts.ports.steadyMs();
    for (let index = 0; index < drafts.length; index++) {
      const draft = drafts[index];
      if (draft === undefined) continue;
      const sender = principalOf(draft);
      const refusal = this.#refusal(sender, address, draft.type, steadyMs);
      if (hasFailed(sender) || refusal !== undefined) {
        results[index] = refusedResult(draft.id ?? this.#parts.ports.newId(), refusal);
        continue;
      }
      const named = desk?.addressed(draft, sender) ?? draft;
      if (hasFailed(named)) {
        results[index] = refusedResult(draft.id ?? this.#parts.ports.newId(), named);
        continue;
      }
      const taken = this.#intake.take(named, sender, desk);
      if (taken.what === "refuse") {
        results[index] = taken.result;
        if (desk?.isProvisional(draft)) {
          unsettled ??= [];
          unsettled.push(index);
        }
      } else if (taken.what === "pass") {
        const { entry, message } = taken;
        results[index] = this.#parts.pass(entry, message);
        if (entry.producer !== undefined) leases.heard(entry.channel, entry.producer, entry.type);
      } else {
        const { entry } = taken;
        if (!this.#known.mayAppend(entry.channel, charged ?? sender.key, steadyMs)) entry.mustExist = true;
        if (kept < index) places ??= Array.from({ length: kept }, (_, place) => place);
        places?.push(index);
        entries[kept] = entry;
        messages[kept++] = taken.message;
      }
    }
    if (kept === 0) {
      done(results);
      return;
    }
    entries.length = kept;
    messages.length = kept;
    const told = (outcome: readonly Appended[] | Failure): void => {
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i];
        if (entry === undefined) continue;
        const appended = hasFailed(outcome) ? outcome : outcome[i];
        if (appended !== undefined && "ok" in appended && appended.ok) {
          if (entry.mustExist) this.#known.add(entry.channel);
          if (entry.producer !== undefined) leases.heard(entry.channel, entry.producer, entry.type);
          if (entry.adds !== undefined) budgets.used(entry.channel, entry.adds);
        }
        results[places?.[i] ?? i] = resultOf(entry, appended);
      }
      if (desk === undefined) {
        done(results);
        return;
      }
      const outcomes = hasFailed(outcome) ? [] : outcome;
      this.#tellKept(entries, messages, outcomes, (i) => drafts[places?.[i] ?? i], actor, principalOf);
      this.#parts.steering.settle(desk, entries, outcomes, (asDecided) => {
        // What was refused by a state that then was kept, was refused rightly; of a repeat the offset is known only now.
        const anew = (unsettled ?? []).filter((index) => !asDecided || !isRefused(results[index]));
        const lost = outcomes.flatMap((appended, i) => (isConflict(appended) ? [places?.[i] ?? i] : []));
        const met = [...lost, ...anew].sort((a, b) => a - b);
        const again = met.flatMap((place) => drafts[place] ?? []);
        if (again.length === 0 || tries >= triesAtMost) {
          // Nobody is told OK by what was only tried.
          for (const place of met) {
            const result = results[place];
            if (result !== undefined && !isRefused(result)) results[place] = refusedResult(result.id, tooManyTries);
          }
          done(results);
        } else {
          const merge = (more: PublishResult[]): void => {
            for (const [i, result] of more.entries()) results[met[i] ?? 0] = result;
            done(results);
          };
          this.#publish(again, actor, principalOf, desk, merge, tries + 1);
        }
      });
    };
    this.#parts.ports.append(entries, messages, (outcome) => {
      if (desk === undefined || hasFailed(outcome)) told(outcome);
      else recogniseSteps(this.#parts.ports, entries, outcome, told);
    });
  }

  /** Of the steps of a frame, those that are kept now. */
  #tellKept(
    entries: readonly Entry[],
    messages: readonly Message[],
    outcomes: readonly Appended[],
    draftOf: (index: number) => Draft | undefined,
    { address }: Actor,
    principalOf: PrincipalOf,
  ): void {
    const { stepped } = this.#parts.options;
    if (stepped === undefined) return;
    for (const [i, entry] of entries.entries()) {
      const [outcome, message, draft] = [outcomes[i], messages[i], draftOf(i)];
      if (entry.register === undefined || !outcome?.ok || outcome.duplicate) continue;
      if (message === undefined || draft === undefined) continue;
      const principal = principalOf(draft);
      if (hasFailed(principal)) continue;
      const { type, data } = message;
      const about = { principal, address, isOwn: principal === this.#parts.steering.own };
      stepped({ ...about, type, data, channel: entry.channel, result: resultOf(entry, outcome) });
    }
  }

  /** Of the steps of a frame, those that were refused. */
  #tellRefused(
    drafts: readonly Draft[],
    { address }: Actor,
    principalOf: PrincipalOf,
    results: readonly PublishResult[],
  ): void {
    const { stepped } = this.#parts.options;
    if (stepped === undefined) return;
    for (const [index, draft] of drafts.entries()) {
      const result = results[index];
      if (kindOf(draft.type) === undefined || result === undefined || !("error" in result)) continue;
      const principal = principalOf(draft);
      if (hasFailed(principal) || principal === this.#parts.steering.own) continue;
      const { type, data, channel } = draft;
      stepped({ principal, address, isOwn: false, type, data, channel, result });
    }
  }

  /** Why nothing of this type is taken from somebody now. What the gateway itself says is not counted against anybody. */
  #refusal(
    sender: Principal | Failure,
    address: string | undefined,
    type: string,
    steadyMs: number,
  ): Failure | undefined {
    if (hasFailed(sender)) return sender;
    return sender === this.#parts.steering.own
      ? undefined
      : overRate(this.#parts.options.rates, sender, address, type, steadyMs);
  }
}

/** What the message of this type has to wait for; `undefined` if it may pass, which it is charged for. */
export function overRate(
  rates: RateLimits,
  { key, tenant }: Principal,
  address: string | undefined,
  type: string,
  steadyMs: number,
): Failure | undefined {
  const limited = rates.take({ principal: key, address, tenant }, type, steadyMs);
  if (limited === undefined) return undefined;
  const { by, retryAfterMs } = limited;
  return { failed: "rate_limited", message: `too many messages (by ${by})`, details: { by, retryAfterMs } };
}

const tooManyTries: Failure = { failed: "conflict", message: "others took steps at the same moment" };

const isRefused = (result: PublishResult | undefined): boolean => result !== undefined && "error" in result;

const isConflict = (outcome: Appended | undefined): boolean => outcome?.ok === false && outcome.code === "conflict";

function resultOf(entry: Entry, outcome: Appended | Failure | undefined): PublishResult {
  const { id, channel } = entry;
  if (outcome === undefined || hasFailed(outcome)) return refusedResult(id, outcome);
  // How the register stands is nobody's business but the hub's.
  if (isConflict(outcome)) return refusedResult(id, tooManyTries);
  if (!outcome.ok) return { id, error: errorData(outcome.code, outcome.message, outcome.details) };
  const { epoch, offset, duplicate } = outcome;
  return offset === undefined ? { id, channel, epoch, duplicate } : { id, channel, epoch, offset, duplicate };
}

const refusedResult = (id: string, failure: Failure | undefined): PublishResult => {
  const { failed, message, details } = failure ?? { failed: "internal", message: "the store gave no answer" };
  return { id, error: errorData(failed, message, details) };
};
