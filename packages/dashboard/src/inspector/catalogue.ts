/** Event types with an example of their data, out of the gateway's own description (`/asyncapi.json`). */
import type { Client } from "@signalbox/client";

export interface EventType {
  type: string;
  summary: string;
  example: unknown;
}

interface Described {
  summary?: unknown;
  examples?: ReadonlyArray<{ payload?: { data?: unknown } }>;
  "x-signalbox"?: unknown;
}

function typesIn(document: unknown): EventType[] {
  const { components }: { components?: { messages?: Record<string, Described> } } = { ...Object(document) };
  return Object.entries(components?.messages ?? {})
    .filter(([, described]) => described["x-signalbox"] !== undefined)
    .map(([type, { summary, examples }]) => ({
      type,
      summary: typeof summary === "string" ? summary : "",
      example: examples?.[0]?.payload?.data ?? {},
    }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

export const readTypes = async (client: Pick<Client, "request">): Promise<EventType[]> =>
  typesIn(await client.request("/asyncapi.json"));
