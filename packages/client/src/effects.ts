/** What the session machine wants done. */
import type { ErrorData, Gap, Publication, Snapshot } from "@signalbox/protocol";
import type { Item } from "./outbox.ts";
import type { Outgoing } from "./transport.ts";
import type { Problem, Published, TransportName } from "./types.ts";
import type { Watching } from "./watching.ts";

export type LinkEffect =
  | { do: "open"; link: number; transport: TransportName }
  | { do: "send"; link: number; batch: readonly Outgoing[] }
  | { do: "restart"; link: number }
  | { do: "drop"; link: number };

export type PublishEffect =
  | { do: "published"; item: Item; published: Published }
  | { do: "rejected"; item: Item; problem: Problem };

export type WatchEffect =
  | { do: "events"; watch: Watching; events: Publication[] }
  | { do: "snapshot"; watch: Watching; channel: string; snapshot: Snapshot }
  | { do: "bare"; watch: Watching; channel: string }
  | { do: "gap"; watch: Watching; channel: string; gap: Gap }
  | { do: "error"; watch: Watching; error: ErrorData }
  | { do: "state"; watch: Watching };

export type Effect = LinkEffect | PublishEffect | WatchEffect;
