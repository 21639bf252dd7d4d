/** Notifications as a part of the gateway: put together here, with the ways of telling that it is given. */
import { Redactor, type SharedPublication } from "@signalbox/core";
import type { App } from "../http/app.ts";
import type { Log } from "../log.ts";
import type { Node } from "../node.ts";
import type { Carrier } from "./carrier.ts";
import type { KeptNotifications, Keys } from "./kept.ts";
import { linkPages } from "./link-pages.ts";
import { Notifier } from "./notifier.ts";
import type { Outgoing } from "./outgoing.ts";
import { Records } from "./records.ts";
import { notificationRoutes } from "./routes.ts";
import type { NotificationSettings } from "./settings.ts";

interface NotificationsOptions {
  kept: KeptNotifications;
  outgoing: Outgoing;
  settings(): NotificationSettings;
  newVapid(): NonNullable<Keys["vapid"]>;
  newSecret(): string;
  /** `vapid`: the keys that are kept, once there are any. */
  carriers(vapid: () => Keys["vapid"]): readonly Carrier[];
  log: Log;
}

export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #records: Records;
  readonly #notifier: Notifier;

  constructor(options: NotificationsOptions) {
    const { kept, newVapid, log, carriers } = options;
    this.#options = options;
    this.#records = new Records({ ...kept, newVapid, nowMs: Date.now });
    this.#notifier = new Notifier({
      ...{ records: this.#records, log, nowMs: Date.now, redactor: new Redactor() },
      carriers: carriers(() => this.#records.vapid),
    });
  }

  /** What this node kept. */
  kept(tenant: string | undefined, publications: readonly SharedPublication[]): void {
    this.#notifier.kept(tenant, publications);
  }

  routes(app: App, node: Node): void {
    const { outgoing, settings, newSecret } = this.#options;
    const parts = { records: this.#records, notifier: this.#notifier, outgoing, settings, newSecret };
    notificationRoutes(app, node, { ...parts, nowMs: Date.now });
  }

  /** Links bring their own right. */
  openRoutes(app: App, node: Node): void {
    linkPages(app, node, { records: this.#records, nowMs: Date.now });
  }

  begin(node: Node): void {
    this.#notifier.begin(node);
  }

  /** Nodes came or went. */
  takeUp(): void {
    this.#notifier.takeUp();
  }

  close(): Promise<void> {
    return this.#notifier.close();
  }
}
