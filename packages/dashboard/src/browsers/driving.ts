/** Who drives a channel, and taking, giving and releasing it. */
import { type Client, GatewayError } from "@signalbox/client";
import { type Cell, cell } from "../stores/readable.ts";

export interface DriverView {
  /** `KIND:ID`; null: nobody. Undefined: the gateway has not said yet. */
  driver: string | null | undefined;
  since: number | undefined;
  /** Something is asked of the gateway. */
  busy: boolean;
  fault: string | undefined;
}

interface Answer {
  driver: string | null;
  since?: number;
}

export interface Driving {
  view: Cell<DriverView>;
  /** Follows until the result is called. */
  follow(): () => void;
  /** `force`: even from somebody else. */
  take(force: boolean): Promise<void>;
  give(to: string): Promise<void>;
  release(): Promise<void>;
}

export function drivingOf(client: Client, channel: string): Driving {
  const view = cell<DriverView>({ driver: undefined, since: undefined, busy: false, fault: undefined });
  const path = `/v1/channels/${encodeURIComponent(channel)}/driver`;
  const show = (change: Partial<DriverView>) => view.set({ ...view.snapshot(), ...change });
  const answered = ({ driver, since }: Answer) => show({ driver, since, busy: false, fault: undefined });
  const failed = (error: unknown) => show({ busy: false, fault: faultOf(error) });
  const ask = async (init?: { method: string; body?: unknown }): Promise<void> => {
    if (init) show({ busy: true, fault: undefined });
    await client.request<Answer>(path, init).then(answered, failed);
  };
  return {
    view,
    follow: () => {
      void ask();
      const watch = client.watch(channel, {
        filter: { types: ["driver_changed"] },
        onEvent: ({ data, timestamp }) => show({ driver: data.driver ?? null, since: timestamp }),
        // What happened while there was no link.
        onGap: () => void ask(),
      });
      return () => watch.stop();
    },
    take: (force) => ask({ method: "PUT", body: force ? { take: true } : {} }),
    give: (driver) => ask({ method: "PUT", body: { driver } }),
    release: () => ask({ method: "DELETE" }),
  };
}

function faultOf(error: unknown): string {
  if (error instanceof GatewayError && error.name === "forbidden")
    return "This token may not drive here (it lacks the verb command).";
  return error instanceof Error ? error.message : String(error);
}
