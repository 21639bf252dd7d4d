/** Raises alerts (§17) on a tenant's channel `alerts`, of what this node kept and of what it finds about itself. */
import {
  AlertDesk,
  type Finding,
  findingOf,
  hasFailed,
  mayTell,
  type Over,
  type SharedPublication,
} from "@signalbox/core";
import { type AlertsState, alertsShape } from "@signalbox/core/reducers";
import type { Log } from "../log.ts";
import type { Tenant } from "../tenants.ts";

const channel = "alerts";
/** Found, and waiting until it is known what was found before; further ones are counted as one. */
const waitingMost = 1_000;

interface AlertingOptions {
  hub(): Tenant["hub"];
  /** Other nodes raise and end alerts too. */
  isShared: boolean;
  log: Log;
}

export class Alerting {
  readonly #options: AlertingOptions;
  readonly #desk = new AlertDesk();
  /** What an earlier run left, or another node, is not known: it is looked up with the next finding. */
  #isKnown = false;
  #waiting: Array<Finding | Over> = [];
  #asking = false;
  #telling = false;

  constructor(options: AlertingOptions) {
    this.#options = options;
  }

  /** What this node kept, each event once among all nodes. */
  kept(publications: readonly SharedPublication[]): void {
    for (const publication of publications) {
      if (!mayTell(publication.type)) continue;
      const found = findingOf(publication.channel, publication.type, publication.message().data);
      if (found !== undefined) this.found(found);
    }
  }

  found(found: Finding | Over): void {
    if (this.#isKnown) this.#desk.found(found);
    else if (this.#waiting.length < waitingMost) this.#waiting.push(found);
    else this.#desk.overflow();
  }

  /** To be called about once a second. */
  tick(): void {
    if (this.#waiting.length === 0) this.#tell();
    else if (!this.#asking) this.#lookUp();
  }

  #lookUp(): void {
    const { hub, isShared, log } = this.#options;
    this.#asking = true;
    hub().snapshot(channel, undefined, (answer) => {
      this.#asking = false;
      // Asked again at the next tick.
      if (hasFailed(answer)) {
        log.debug({ why: answer.message }, "earlier alerts could not be read");
        return;
      }
      // Folded by the reducer of this very name.
      if (answer.snapshot?.reducer === alertsShape.name) this.#desk.learn(answer.snapshot.state as AlertsState);
      for (const found of this.#waiting.splice(0)) this.#desk.found(found);
      this.#isKnown = !isShared;
      this.#tell();
    });
  }

  #tell(): void {
    if (this.#telling) return;
    const drafts = this.#desk.take(performance.now());
    if (drafts.length === 0) return;
    this.#telling = true;
    const hub = this.#options.hub();
    const sent = drafts.map(({ type, data }) => ({ type, channel, data }));
    hub.publish(sent, { principal: hub.steering.own }, (results) => {
      this.#telling = false;
      const lost = drafts.filter((_draft, at) => {
        const result = results[at];
        return result !== undefined && "error" in result && result.error.temporary;
      });
      this.#desk.failed(lost);
    });
  }
}
