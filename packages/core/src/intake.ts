/** From a draft that somebody sent to an entry that can be kept. */
import {
  type Draft,
  type ErrorData,
  isChannel,
  type Message,
  namespaceOf,
  type PublishResult,
} from "@signalbox/protocol";
import { errorData } from "./errors.ts";
import type { HubOptions, HubPorts } from "./hub-ports.ts";
import type { Entry } from "./ports.ts";

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
  take(draft: Draft): Taken {
    const { catalogue } = this.#options;
    const {
      id = this.#ports.newId(),
      type,
      timestamp = this.#ports.nowMs(),
      data = {},
      channel: named,
      epoch: _epoch,
      offset: _offset,
      ...unknown
    } = draft;

    const checked = catalogue.checkEvent(type, data);
    if (!checked.ok) {
      const { path, rule } = checked;
      return refuse(id, errorData("invalid_message", `${path || "/data"} ${rule}`, { path, rule }));
    }
    const channel = named ?? catalogue.deriveChannel(type, data);
    const wrong = channelError(channel, this.#options.namespaces);
    if (wrong !== undefined || channel === undefined) {
      return refuse(id, wrong ?? errorData("channel_required", `${type} does not say which channel it belongs to`));
    }

    const message: Message = { id, type, timestamp, data, ...unknown };
    const entry: Entry = { channel, id, type, timestampMs: timestamp, body: JSON.stringify(message) };
    const metadata = draft.metadata;
    if (metadata?.idempotencyKey !== undefined) entry.idempotencyKey = metadata.idempotencyKey;
    if (metadata?.producer !== undefined) entry.producer = metadata.producer;
    return { what: catalogue.deliveryOf(type) === "ephemeral" ? "pass" : "keep", entry, message };
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
