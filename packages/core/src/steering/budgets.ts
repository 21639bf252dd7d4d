/**
 * What follows when a budget is used up (§14.2). Nothing here has to survive: what was used, and which stages were reached,
 * is in the budget's register, and is looked at again after each usage, after each change, and after a start.
 */
import { type Draft, limits, type PublishResult } from "@signalbox/protocol";
import { type Actor, type HubPorts, hasFailed, type Principal } from "../hub-ports.ts";
import type { Addition, Register } from "../ports.ts";
import { type Budget, budgetIsOpen, dueStage, holdingStage, type Passed, passedBy, type Stage } from "./budget.ts";
import { ofBudgets } from "./command.ts";
import type { Lease } from "./lease.ts";
import type { Patience } from "./patience.ts";
import { agentsOf, isAgent, type Work } from "./scope-agents.ts";
import { budgetKey } from "./usage.ts";

interface BudgetsOptions extends Work {
  ports: Pick<HubPorts, "nowMs" | "register" | "sha256" | "after">;
  own: Principal;
  patience: Patience;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
  budgetIn(register: Register): Budget | undefined;
}

/** A stage at which agents are told something. */
type Steering = Exclude<Stage, "warned">;

interface Live {
  scope: string;
  /** Of what it was when it was looked at last. */
  holds: Steering | undefined;
  looking: boolean;
  /** It will be looked at, after the others. */
  waiting: boolean;
  /** Something happened since the look began. */
  again: boolean;
  /** Channels that may have to be told what the scope's agents were told; all of the scope if undefined. */
  late: Set<string> | undefined;
  /** The group of commands that is given now, and who was given one: epochs of their leases, by channel. */
  group: string;
  told: Map<string, number>;
}

interface Given {
  commands: string[];
  refused: string[];
}

const names = { paused: "pause", cancelled: "cancel" } as const satisfies Record<Steering, string>;

/** Commands in one frame. */
const atOnce = 100;
/** What could not be kept is tried again. */
const againMs = 5_000;
/** Named in an event: the others are found by their group. */
const named = 256;

export class Budgets {
  readonly #options: BudgetsOptions;
  readonly #lives = new Map<string, Live>();
  /** Those under which agents were told to pause or cancel. */
  readonly #holding = new Set<Live>();
  #looking = 0;
  /** Are all leases known? Before that nobody is told anything. */
  #begun = false;

  constructor(options: BudgetsOptions) {
    this.#options = options;
  }

  /** Budgets that are being looked at, or should be. */
  get size(): number {
    return this.#looking;
  }

  begin(): void {
    this.#begun = true;
    this.lookAtAll();
  }

  /** News were missed: until all leases are known again, nobody is told anything. */
  pause(): void {
    this.#begun = false;
  }

  /** Another node may have left something undone. */
  lookAtAll(): void {
    for (const live of [...this.#lives.values()]) this.#lookOnce(live, false);
  }

  /** A budget as it is kept now. `isOurs`: this node changed it. */
  changed(scope: string, budget: Budget | undefined, isOurs: boolean): void {
    if (budget === undefined || !budgetIsOpen(budget)) {
      const live = this.#lives.get(scope);
      this.#lives.delete(scope);
      if (live !== undefined) this.#holding.delete(live);
      return;
    }
    const live = this.#lives.get(scope) ?? newLive(scope);
    this.#lives.set(scope, live);
    this.#follow(live, budget);
    live.late = undefined;
    this.#lookOnce(live, isOurs);
  }

  /** Usage in this channel was kept. */
  used(channel: string, adds: readonly Addition[]): void {
    for (const { key } of adds) {
      const live = this.#lives.get(key.slice(budgetKey("").length));
      if (live === undefined) continue;
      if (live.holds !== undefined) live.late?.add(channel);
      this.#look(live);
    }
  }

  /** Another producer or epoch holds the channel's lease now, or nobody. */
  moved(channel: string, isOurs: boolean): void {
    if (!this.#begun || !isAgent(channel)) return;
    const isHeld = this.#options.heldOf(channel) !== undefined;
    for (const live of this.#holding) {
      if (!isHeld) live.told.delete(channel);
      else if (live.scope === channel || !isAgent(live.scope)) {
        live.late?.add(channel);
        this.#lookOnce(live, isOurs);
      }
    }
  }

  /** At once, if it is this node's to see to; else after whoever's it is, in case they are gone. */
  #lookOnce(live: Live, isOurs: boolean): void {
    const waitMs = isOurs ? 0 : this.#options.patience.turnMs(budgetKey(live.scope));
    if (waitMs === 0) {
      this.#look(live);
      return;
    }
    if (live.waiting) return;
    live.waiting = true;
    this.#options.ports.after(waitMs, () => {
      live.waiting = false;
      if (this.#lives.get(live.scope) === live) this.#look(live);
    });
  }

  #follow(live: Live, budget: Budget): void {
    live.holds = holdingStage(budget);
    if (live.holds === undefined) this.#holding.delete(live);
    else this.#holding.add(live);
  }

  #look(live: Live): void {
    live.again = true;
    if (live.looking || !this.#begun) return;
    const { ports, budgetIn } = this.#options;
    live.looking = true;
    live.again = false;
    this.#looking++;
    ports.register(budgetKey(live.scope), (answer) => {
      const register = hasFailed(answer) ? undefined : answer.register;
      const budget = register && budgetIn(register);
      if (hasFailed(answer)) this.#looked(live, false);
      else if (register === undefined || budget === undefined || !budgetIsOpen(budget)) this.#looked(live, true);
      else this.#act(live, budget, register.counts ?? []);
    });
  }

  /** `isDone`: or what it was about could not be kept or read, and is looked at again after a while. */
  #looked(live: Live, isDone: boolean): void {
    if (!isDone) {
      live.again = true;
      this.#options.ports.after(againMs, () => this.#looked(live, true));
      return;
    }
    live.looking = false;
    this.#looking--;
    if (live.again && this.#lives.get(live.scope) === live) this.#look(live);
  }

  #act(live: Live, budget: Budget, counts: readonly number[]): void {
    this.#follow(live, budget);
    const due = dueStage(budget, counts);
    if (due === undefined) this.#catchUp(live, budget);
    else if (due === "warned") this.#reach(live, due, passedBy(budget, due, counts), {});
    else {
      const at = this.#options.ports.nowMs();
      this.#tell(live, budget, due, undefined, (given) => {
        if (given === undefined) this.#looked(live, false);
        else {
          const commands = given.commands.slice(0, named);
          const refused = given.refused.length === 0 ? {} : { refused: given.refused.slice(0, named) };
          const receipt = { at, group: live.group, given: given.commands.length, commands, ...refused };
          this.#reach(live, due, passedBy(budget, due, counts), receipt);
        }
      });
    }
  }

  #reach(live: Live, stage: Stage, passed: Passed, receipt: Record<string, unknown>): void {
    const draft: Draft = { type: `budget_${stage}`, channel: live.scope, data: { ...passed, ...receipt } };
    this.#options.publish([draft], { principal: this.#options.own }, ([result]) => {
      // Whatever else refused it changed the budget too, which is looked at again then.
      this.#looked(live, !(result !== undefined && "error" in result && result.error.temporary));
    });
  }

  /** Those who came to work under a budget after its agents were told are told too. */
  #catchUp(live: Live, budget: Budget): void {
    const stage = holdingStage(budget);
    if (stage === undefined) {
      this.#looked(live, true);
      return;
    }
    const { late } = live;
    live.late = new Set();
    this.#tell(live, budget, stage, late, (given) => {
      if (given === undefined) live.late = undefined;
      this.#looked(live, given !== undefined);
    });
  }

  /**
   * Tells the agents of the scope: all of them when the stage is reached, later those that were not told yet, of these
   * channels or all. `undefined`: some could not be told.
   */
  #tell(
    live: Live,
    budget: Budget,
    stage: Steering,
    among: ReadonlySet<string> | undefined,
    done: (given: Given | undefined) => void,
  ): void {
    this.#turnTo(live, budget, stage);
    agentsOf(this.#options, live.scope, among, (agents) => {
      const knownSince = this.#options.ports.nowMs() - limits.steeringKeptMs.default;
      const reached = budget[stage];
      // A command that was given is known as long as it is kept; what is older was given then.
      const isUntold = ({ channel, epoch, since }: Lease): boolean =>
        live.told.get(channel) !== epoch && Math.max(reached?.at ?? 0, since) > knownSince;
      if (agents === undefined) done(undefined);
      // The receipt has all of them, also when a part was told before something went wrong.
      else this.#give(live, stage, reached === undefined ? agents : agents.filter(isUntold), done);
    });
  }

  /** Commands of another group are other commands. */
  #turnTo(live: Live, budget: Budget, stage: Steering): void {
    const { scope, round, setAt } = budget;
    const made = this.#options.ports.sha256(`${scope} ${stage} ${round} ${setAt}`).slice(0, 32);
    const group = budget[stage]?.group ?? ofBudgets + made;
    if (live.group === group) return;
    live.group = group;
    live.told.clear();
  }

  /** One command for each lease, the same whenever it is given again. `undefined`: not all could be kept. */
  #give(live: Live, stage: Steering, agents: readonly Lease[], done: (given: Given | undefined) => void): void {
    const { own, ports, publish } = this.#options;
    const { group } = live;
    const given: Given = { commands: [], refused: [] };
    const next = (from: number): void => {
      const some = agents.slice(from, from + atOnce);
      if (some.length === 0) {
        done(given);
        return;
      }
      const drafts = some.map(({ channel: target, epoch }): Draft => {
        const commandId = `${group}.${ports.sha256(`${target} ${epoch}`).slice(0, 16)}`;
        const data = { target, name: names[stage], commandId, group };
        return { type: "command_queued", id: commandId, channel: target, data };
      });
      publish(drafts, { principal: own }, (results) => {
        if (results.some((result) => "error" in result && result.error.temporary)) {
          done(undefined);
          return;
        }
        for (const [index, { channel, epoch }] of some.entries()) {
          const result = results[index];
          live.told.set(channel, epoch);
          if (result === undefined || "error" in result) given.refused.push(channel);
          else given.commands.push(result.id);
        }
        next(from + atOnce);
      });
    };
    next(0);
  }
}

const newLive = (scope: string): Live => ({
  ...{ scope, holds: undefined, looking: false, waiting: false, again: false, late: undefined },
  ...{ group: "", told: new Map() },
});
