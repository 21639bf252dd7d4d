/** From a draft that somebody sent to an entry that can be kept. */
import {
  type Draft,
  type ErrorData,
  isChannel,
  type Message,
  type Metadata,
  namespaceOf,
  type PublishResult,
} from "@signalbox/protocol";
import { errorData } from "./errors.ts";
import type { HubOptions, HubPorts, Principal } from "./hub-ports.ts";
import type { Entry } from "./ports.ts";
import { forbidden } from "./rights/forbidden.ts";
import { isOnlyGateways, mayPublish, verbToPublish } from "./rights/verbs.ts";
import type { Desk } from "./steering/desk.ts";
import type { Steering } from "./steering/steering.ts";
import { usageAdditions } from "./steering/usage.ts";

export type Taken =
  | { what: "keep"; entry: Entry; message: Message }
  | { what: "pass"; entry: Entry; message: Message }
  | { what: "refuse"; result: PublishResult };

export class Intake {
  readonly #ports: Pick<HubPorts, "nowMs" | "newId">;
  readonly #options: HubOptions;
  /** The gateway itself. */
  readonly #own: Principal;
  readonly #byOf: Steering["byOf"];

  constructor(ports: Pick<HubPorts, "nowMs" | "newId">, options: HubOptions, steering: Pick<Steering, "own" | "byOf">) {
    this.#ports = ports;
    this.#own = steering.own;
    this.#byOf = (principal) => steering.byOf(principal);
    this.#options = options;
  }

  /** `pass`: of class ephemeral, to be delivered but not kept. `desk`: decides whether a step may be taken. */
  take(draft: Draft, principal: Principal, desk?: Desk): Taken {
    const { catalogue, redactor } = this.#options;
    const {
      id = this.#ports.newId(),
      type: named,
      timestamp = this.#ports.nowMs(),
      data: given = {},
      channel: asked,
      epoch: _epoch,
      offset: _offset,
      metadata: about,
      ...others
    } = draft;

    const checked = catalogue.checkEvent(named, given);
    if (!checked.ok) {
      const { path, rule } = checked;
      return refuse(id, errorData("invalid_message", `${path || "/data"} ${rule}`, { path, rule }));
    }
    const channel = asked ?? catalogue.deriveChannel(named, given);
    const wrong = channelError(channel, this.#options.namespaces);
    if (wrong !== undefined || channel === undefined) {
      return refuse(id, wrong ?? errorData("channel_required", `${named} does not say which channel it belongs to`));
    }
    const denied = this.#denied(principal, named, channel, given);
    if (denied !== undefined) return refuse(id, denied);

    const said = redactor === undefined ? given : redactor.value(given);
    const clean = signed.has(named) ? { ...Object(said), by: this.#byOf(principal) } : said;
    const stamped = desk?.stamp({ id, type: named, channel, data: clean, producer: about?.producer?.id }, principal);
    if (stamped !== undefined && "error" in stamped) return refuse(id, stamped.error);
    if (stamped !== undefined && "result" in stamped) return { what: "refuse", result: stamped.result };
    const { type, data } = stamped ?? { type: named, data: clean };
    const unknown = redactor === undefined ? others : redactor.value(others);
    const metadata = principal === this.#own ? fromGateway : about === undefined ? undefined : this.#clean(about);
    const message: Message =
      metadata === undefined
        ? { id, type, timestamp, data, ...unknown }
        : { id, type, timestamp, data, metadata, ...unknown };
    const entry: Entry = { channel, id, type, timestampMs: timestamp, body: JSON.stringify(message) };
    if (about?.idempotencyKey !== undefined) entry.idempotencyKey = about.idempotencyKey;
    if (about?.producer !== undefined) entry.producer = about.producer;
    if (about?.expected !== undefined) entry.expected = about.expected;
    if (stamped !== undefined) entry.register = stamped.register;
    const adds = type === "agent_usage" ? usageAdditions(channel, data) : undefined;
    if (adds !== undefined) entry.adds = adds;
    if (catalogue.deliveryOf(type) !== "ephemeral") return { what: "keep", entry, message };
    return entry.expected === undefined ? { what: "pass", entry, message } : refuse(id, expectsNothing(type));
  }

  #denied({ rights }: Principal, type: string, channel: string, data: unknown): ErrorData | undefined {
    const verb = verbToPublish(type);
    if (isOnlyGateways(type)) return errorData("forbidden", `only the gateway says ${type}`, { channel });
    if (!mayPublish(rights, type, channel)) return forbidden(verb, channel);
    if (typeof data !== "object" || data === null || !("agentId" in data)) return undefined;
    const { agentId } = data;
    if (typeof agentId !== "string" || rights.speaksFor(agentId)) return undefined;
    return errorData("forbidden", "this token speaks for another agent", { path: "/data/agentId" });
  }

  /** Keys and ids in metadata look like secrets and are none; the token is one, and is nobody's business. */
  #clean({ token: _token, ...given }: Metadata & { token?: unknown }): Metadata {
    const about = given.source === fromGateway.source ? withoutSource(given) : given;
    const { redactor } = this.#options;
    if (redactor === undefined) return about;
    const { idempotencyKey, producer, correlationId, expected, ...rest } = about;
    const clean: Metadata = redactor.value(rest);
    if (clean === rest) return about;
    return {
      ...clean,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(producer === undefined ? {} : { producer }),
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(expected === undefined ? {} : { expected }),
    };
  }
}

/** Events that say who is behind them. */
const signed: ReadonlySet<string> = new Set([
  ...["session_note", "session_selection", "alert_acknowledged", "alert_muted"],
]);

/** What only events have that the gateway itself publishes. */
const fromGateway = { source: "gateway" } as const satisfies Metadata;

const withoutSource = ({ source: _source, ...rest }: Metadata): Metadata => rest;

const expectsNothing = (type: string): ErrorData => {
  const path = "/metadata/expected";
  const rule = `is not for ${type}, which has no position`;
  return errorData("invalid_message", `${path} ${rule}`, { path, rule });
};

const refuse = (id: string, error: ErrorData): Taken => ({ what: "refuse", result: { id, error } });

/** Why a name cannot be a channel here; `undefined` if it can, or if there is no name. */
export function channelError(channel: string | undefined, namespaces: HubOptions["namespaces"]): ErrorData | undefined {
  if (channel === undefined) return undefined;
  if (!isChannel(channel)) {
    return errorData("invalid_channel", `${JSON.stringify(String(channel).slice(0, 80))} is not a channel name`);
  }
  return namespaceError(namespaceOf(channel), namespaces);
}

export function namespaceError(namespace: string, namespaces: HubOptions["namespaces"]): ErrorData | undefined {
  if (Object.hasOwn(namespaces, namespace)) return undefined;
  return errorData("unknown_namespace", `there is no namespace ${namespace}`, { known: Object.keys(namespaces) });
}
