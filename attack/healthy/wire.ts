/** The little of the protocol that the healthy client speaks. */
import type { Wire } from "../../bench/load/job.ts";
import type { HealthyJob } from "./figures.ts";

export const channel = "repo:attack/healthy";

export const wireOf = ({ host, token }: HealthyJob): Wire => ({
  host,
  path: "/v1/ws",
  headers: { authorization: `Bearer ${token}`, "sec-websocket-protocol": "signalbox.v1" },
  subscribe: [],
  delivery: "",
});

/** What of a message matters here; everything else is passed over. */
export interface Seen {
  type: string;
  /** Of an event of ours. */
  number?: number;
  sentUs?: number;
  position?: { epoch: string; offset: number };
  /** Of an acknowledgement. */
  results?: { id: string; error?: unknown }[];
}

interface Raw {
  type: string;
  epoch?: string;
  offset?: number;
  data?: {
    number?: number;
    sentUs?: number;
    state?: string;
    epoch?: string;
    offset?: number;
    results?: { id: string; error?: unknown }[];
  };
}

/** The gateway is ours: its messages have the shape that the protocol says, or this fails loudly. */
export function read(bytes: Buffer, start: number, end: number): Seen {
  const { type, epoch, offset, data } = JSON.parse(bytes.toString("utf8", start, end)) as Raw;
  const seen: Seen = { type };
  if (type === "note" && epoch !== undefined && offset !== undefined) {
    seen.position = { epoch, offset };
    if (data?.number !== undefined) seen.number = data.number;
    if (data?.sentUs !== undefined) seen.sentUs = data.sentUs;
  } else if (type === "subscription_update" && data?.epoch !== undefined && data.offset !== undefined) {
    seen.position = { epoch: data.epoch, offset: data.offset };
  } else if (type === "ack" && data?.results !== undefined) {
    seen.results = data.results;
  }
  return seen;
}
