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
import { verbToPublish } from "./rights/verbs.ts";

export type Taken =
  | { what: "keep"; entry: Entry; message: Message }
  | { what: "pass"; entry: Entry; message: Message }
  | { what: "refuse"; result: PublishResult };

export class Intake {
  readonly #ports: Pick<HubPorts, "nowMs" | "newId">;
  readonly #options: HubOptions;

  constructor(ports: Pick<HubPorts, "nowMs" | "newId">, options: HubOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** `pass`: of class ephemeral, to be delivered but not kept. */
  take(draft: Draft, principal: Principal): Taken {
    const { catalogue, redactor } = this.#options;
    const {
      id = this.#ports.newId(),
      type,
      timestamp = this.#ports.nowMs(),
      data: given = {},
      channel: named,
      epoch: _epoch,
      offset: _offset,
      metadata: about,
      ...others
    } = draft;

    const checked = catalogue.checkEvent(type, given);
    if (!checked.ok) {
      const { path, rule } = checked;
      return refuse(id, errorData("invalid_message", `${path || "/data"} ${rule}`, { path, rule }));
    }
    const channel = named ?? catalogue.deriveChannel(type, given);
    const wrong = channelError(channel, this.#options.namespaces);
    if (wrong !== undefined || channel === undefined) {
      return refuse(id, wrong ?? errorData("channel_required", `${type} does not say which channel it belongs to`));
    }
    const denied = this.#denied(principal, type, channel, given);
    if (denied !== undefined) return refuse(id, denied);

    const data = redactor === undefined ? given : redactor.value(given);
    const unknown = redactor === undefined ? others : redactor.value(others);
    const metadata = about === undefined ? undefined : this.#clean(about);
    const message: Message =
      metadata === undefined
        ? { id, type, timestamp, data, ...unknown }
        : { id, type, timestamp, data, metadata, ...unknown };
    const entry: Entry = { channel, id, type, timestampMs: timestamp, body: JSON.stringify(message) };
    if (about?.idempotencyKey !== undefined) entry.idempotencyKey = about.idempotencyKey;
    if (about?.producer !== undefined) entry.producer = about.producer;
    return { what: catalogue.deliveryOf(type) === "ephemeral" ? "pass" : "keep", entry, message };
  }

  #denied({ rights }: Principal, type: string, channel: string, data: unknown): ErrorData | undefined {
    const verb = verbToPublish(type);
    if (!rights.may(verb, channel)) return forbidden(verb, channel);
    if (typeof data !== "object" || data === null || !("agentId" in data)) return undefined;
    const { agentId } = data;
    if (typeof agentId !== "string" || rights.speaksFor(agentId)) return undefined;
    return errorData("forbidden", "this token speaks for another agent", { path: "/data/agentId" });
  }

  /** Keys and ids in metadata look like secrets and are none; the token is one, and is nobody's business. */
  #clean({ token: _token, ...about }: Metadata & { token?: unknown }): Metadata {
    const { redactor } = this.#options;
    if (redactor === undefined) return about;
    const { idempotencyKey, producer, correlationId, ...rest } = about;
    const clean: Metadata = redactor.value(rest);
    if (clean === rest) return about;
    return {
      ...clean,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(producer === undefined ? {} : { producer }),
      ...(correlationId === undefined ? {} : { correlationId }),
    };
  }
}

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
