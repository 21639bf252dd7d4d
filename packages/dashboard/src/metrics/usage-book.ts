/** What agents said they used, added up by who, for what and when. What was not said is not 0. */

export interface UsageRow {
  key: string;
  /** Times that something was said. */
  steps: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  costUsd: number;
  seconds: number;
  /** Steps that did not say this. */
  untold: { tokens: number; cost: number; seconds: number };
}

export interface UsageTotals {
  byAgent: ReadonlyMap<string, UsageRow>;
  bySession: ReadonlyMap<string, UsageRow>;
  byModel: ReadonlyMap<string, UsageRow>;
  all: UsageRow;
}

export interface UsageSaid {
  channel: string;
  timestamp: number;
  data: unknown;
}

/** The key of what named no session, or no model. */
const unnamed = "";
const minuteMs = 60_000;
/** A day and a little: older ones are in the totals only. */
const minutesKept = 1_500;

export class UsageBook {
  readonly #all = emptyRow("all");
  readonly #byAgent = new Map<string, UsageRow>();
  readonly #bySession = new Map<string, UsageRow>();
  readonly #byModel = new Map<string, UsageRow>();
  /** By minute: tokens and dollars. */
  readonly #minutes = new Map<number, { tokens: number; costUsd: number }>();

  get totals(): UsageTotals {
    return { byAgent: this.#byAgent, bySession: this.#bySession, byModel: this.#byModel, all: this.#all };
  }

  add({ channel, timestamp, data }: UsageSaid): void {
    const fields = new Map<string, unknown>(Object.entries(Object(data)));
    const named = (name: string): string => {
      const value = fields.get(name);
      return typeof value === "string" ? value : unnamed;
    };
    const model = [named("provider"), named("model")].filter((part) => part !== "").join(" / ");
    const rows = [
      this.#all,
      rowOf(this.#byAgent, channel.replace(/^agent:/, "")),
      rowOf(this.#bySession, named("sessionId")),
      rowOf(this.#byModel, model),
    ];
    for (const row of rows) addTo(row, fields);
    const minute = Math.floor(timestamp / minuteMs) * minuteMs;
    const sums = this.#minutes.get(minute) ?? { tokens: 0, costUsd: 0 };
    sums.tokens += amount(fields, "inputTokens") + amount(fields, "outputTokens");
    sums.costUsd += amount(fields, "costUsd");
    this.#minutes.set(minute, sums);
    if (this.#minutes.size > minutesKept) this.#minutes.delete(Math.min(...this.#minutes.keys()));
  }

  /** In steps of this length that end in this time; where nothing was said it is 0: nothing was used. */
  curve(fromMs: number, toMs: number, stepMs: number): { at: number[]; tokens: number[]; costUsd: number[] } {
    const first = Math.floor(fromMs / stepMs);
    const count = Math.max(0, Math.ceil(toMs / stepMs) - first);
    const tokens = Array.from({ length: count }, () => 0);
    const costUsd = Array.from({ length: count }, () => 0);
    for (const [minute, sums] of this.#minutes) {
      const place = Math.floor(minute / stepMs) - first;
      if (place < 0 || place >= count) continue;
      tokens[place] = (tokens[place] ?? 0) + sums.tokens;
      costUsd[place] = (costUsd[place] ?? 0) + sums.costUsd;
    }
    return { at: tokens.map((_, place) => (first + place + 1) * stepMs), tokens, costUsd };
  }
}

export const tokensOf = ({ inputTokens, outputTokens }: UsageRow): number => inputTokens + outputTokens;

/** All of it, a part of it, or nothing of it was said. */
export function saidOf({ steps, untold }: UsageRow, what: keyof UsageRow["untold"]): "all" | "some" | "none" {
  if (untold[what] === 0) return "all";
  return untold[what] === steps ? "none" : "some";
}

const emptyRow = (key: string): UsageRow => ({
  ...{ key, steps: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costUsd: 0, seconds: 0 },
  untold: { tokens: 0, cost: 0, seconds: 0 },
});

function rowOf(rows: Map<string, UsageRow>, key: string): UsageRow {
  const row = rows.get(key) ?? emptyRow(key);
  rows.set(key, row);
  return row;
}

const amount = (fields: ReadonlyMap<string, unknown>, name: string): number => {
  const value = fields.get(name);
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
};

function addTo(row: UsageRow, fields: ReadonlyMap<string, unknown>): void {
  row.steps++;
  for (const name of ["inputTokens", "cachedInputTokens", "outputTokens", "costUsd", "seconds"] as const) {
    row[name] += amount(fields, name);
  }
  if (!fields.has("inputTokens") && !fields.has("outputTokens")) row.untold.tokens++;
  if (!fields.has("costUsd")) row.untold.cost++;
  if (!fields.has("seconds")) row.untold.seconds++;
}
