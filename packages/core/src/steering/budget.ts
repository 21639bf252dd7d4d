/** The life of a budget (§14): set by people, counted by the store, and up to three stages that are each reached once. */
import { isChannel } from "@signalbox/protocol";
import { isByGateway, pick, refuse, type Step, type StepFacts, type Stepped, without, wrong } from "./step.ts";
import { type Measure, measures, noCounts, type Used, usedIn } from "./usage.ts";

/** In the order in which they are reached. */
export const stages = ["warned", "paused", "cancelled"] as const;

export type Stage = (typeof stages)[number];

/** How a stage was reached. */
export interface Reached {
  /** Milliseconds since 1970, as all times here. */
  at: number;
  used: Used;
  /** The setting that it was reached under. */
  round: number;
  /** Of the commands that were given: their group, and how many agents were given one then. */
  group?: string;
  given?: number;
}

export interface Budget {
  scope: string;
  /** None: it has ended. */
  limits: Partial<Used>;
  /** Shares of a limit; null: never. */
  warnAt: number | null;
  pauseAt: number | null;
  cancelAt: number | null;
  /** Counts its settings, from 1. */
  round: number;
  setBy: string;
  setAt: number;
  /** When its count began. */
  since: number;
  warned?: Reached;
  paused?: Reached;
  cancelled?: Reached;
}

/** Facts that only budgets need. */
export interface BudgetFacts extends StepFacts {
  /** The scope. */
  id: string;
  /** What was used, as the store counts it. */
  counts: readonly number[];
}

const defaults = { warned: 0.8, paused: 1, cancelled: 1.2 } as const satisfies Record<Stage, number>;
const members = { warned: "warnAt", paused: "pauseAt", cancelled: "cancelAt" } as const satisfies Record<Stage, string>;

const scopePattern = /^(?:global|(?:agent|session):.+)$/;

export const budgetIsOpen = ({ limits }: Budget): boolean => Object.keys(limits).length > 0;

/** The share of each limit that was used. */
export function sharesOf({ limits }: Pick<Budget, "limits">, counts: readonly number[]): Partial<Used> {
  const shares: Partial<Used> = {};
  const used = usedIn(counts);
  for (const [measure] of measures) {
    const limit = limits[measure];
    if (limit !== undefined) shares[measure] = used[measure] / limit;
  }
  return shares;
}

/** Compared as whole numbers: `used` for people is a rounded one. */
function isReached(budget: Budget, stage: Stage, counts: readonly number[]): boolean {
  const share = budget[members[stage]];
  if (share === null) return false;
  return measures.some(([measure, unit], index) => {
    const limit = budget.limits[measure];
    return limit !== undefined && (counts[index] ?? 0) >= Math.round(share * limit * unit);
  });
}

/** The next stage to be taken. */
export const dueStage = (budget: Budget, counts: readonly number[]): Stage | undefined =>
  stages.find((stage) => budget[stage] === undefined && isReached(budget, stage, counts));

/** What agents are told now that come to work under it. */
export const holdingStage = ({ cancelled, paused }: Budget): Exclude<Stage, "warned"> | undefined =>
  cancelled === undefined ? paused && "paused" : "cancelled";

/** What is said of a stage that is reached. */
export interface Passed {
  scope: string;
  used: Used;
  limits: Partial<Used>;
  share: number | null;
  round: number;
}

export const passedBy = (budget: Budget, stage: Stage, counts: readonly number[]): Passed => {
  const { scope, limits, round } = budget;
  return { scope, used: usedIn(counts), limits, share: budget[members[stage]], round };
};

export function stepBudget(before: Budget | undefined, step: Step, facts: BudgetFacts): Stepped<Budget> {
  if (facts.channel !== facts.id) return wrong("/channel", "must be the budget's scope");
  if (step.type === "budget_set") return set(before, step, facts);
  if (!isByGateway(facts)) return refuse("forbidden", `only the gateway makes ${step.type}`);
  const stage = stages.find((one) => step.type === `budget_${one}`);
  if (before === undefined || stage === undefined) return refuse("not_found", `there is no budget of ${facts.id}`);
  const { round } = before;
  // It was set anew meanwhile: what was about to be said may not be so any more.
  if (step.data.round !== round) return refuse("wrong_state", "the budget was set anew", { round });
  if (before[stage] !== undefined) return refuse("wrong_state", `the budget was ${stage} before`, { state: stage });
  if (!isReached(before, stage, facts.counts)) {
    return refuse("wrong_state", `the budget has not come so far`, { state: stateOf(before) });
  }
  return reach(before, stage, step, facts);
}

/** How a budget stands, in one word. */
export const stateOf = (budget: Budget): "open" | "ended" | Stage =>
  budgetIsOpen(budget) ? (stages.findLast((stage) => budget[stage] !== undefined) ?? "open") : "ended";

function set(before: Budget | undefined, { type, data }: Step, facts: BudgetFacts): Stepped<Budget> {
  const { id: scope, nowMs, by, counts } = facts;
  if (!isChannel(scope) || !scopePattern.test(scope)) {
    return wrong("/data/scope", "must be global, session:ID or agent:ID");
  }
  const shares = {
    warnAt: shareIn(data, "warned"),
    pauseAt: shareIn(data, "paused"),
    cancelAt: shareIn(data, "cancelled"),
  };
  const given = [shares.warnAt, shares.pauseAt, shares.cancelAt].filter((share) => share !== null);
  if (given.some((share, index) => share < (given[index - 1] ?? 0))) {
    return wrong("/data", "must have warnAt, pauseAt and cancelAt in rising order");
  }
  const begins = before === undefined || !budgetIsOpen(before) || data.reset === true;
  const round = (before?.round ?? 0) + 1;
  const next: Budget = {
    ...{ scope, limits: limitsIn(data.limits), ...shares, round, setBy: by, setAt: nowMs },
    since: begins ? nowMs : before.since,
  };
  for (const stage of begins ? [] : stages) {
    const reached = before?.[stage];
    // What the new limits are above can be reached again.
    if (reached !== undefined && isReached(next, stage, counts)) next[stage] = reached;
  }
  const used = usedIn(begins ? noCounts : counts);
  const stamped = { ...without(data, ["scope", "setBy", "round", "used"]), scope, ...shares, setBy: by, round, used };
  const changed = { did: "change", type, data: stamped, next } as const;
  return begins ? { ...changed, counts: noCounts } : changed;
}

function reach(before: Budget, stage: Stage, { type, data }: Step, facts: BudgetFacts): Stepped<Budget> {
  const passed = passedBy(before, stage, facts.counts);
  const { used, round } = passed;
  const steered = pick(data, ["at", "group", "given", "commands", "refused"]);
  const reached: Reached = { at: facts.nowMs, used, round };
  if (typeof data.at === "number") reached.at = data.at;
  if (typeof data.group === "string") reached.group = data.group;
  if (typeof data.given === "number") reached.given = data.given;
  return {
    did: "change",
    type,
    data: { ...passed, ...steered },
    next: { ...before, [stage]: reached },
  };
}

const shareIn = (data: Step["data"], stage: Stage): number | null => {
  const share = data[members[stage]];
  return typeof share === "number" || share === null ? share : defaults[stage];
};

function limitsIn(given: unknown): Partial<Used> {
  const limits: Partial<Record<Measure, number>> = {};
  for (const [measure] of measures) {
    const limit: unknown = Reflect.get(Object(given), measure);
    if (typeof limit === "number") limits[measure] = limit;
  }
  return limits;
}
