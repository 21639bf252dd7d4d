/** spec/scenarios: conversations on the wire, as spec/scenarios/README.md describes them. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

export const scenarioFolder = resolve(import.meta.dirname, "../../../spec/scenarios");

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export type Party = "typescript" | "python" | "gateway";

export interface Tokens {
  /** What the client's user gives, one for each time it is asked; the last one from then on. */
  user?: string[];
  /** Those that the gateway knows, and when they end. All others it refuses. */
  good: Record<string, { endsInMs?: number }>;
}

export type Step =
  | { user: JsonObject }
  | { dial: { token?: string; offers?: string[]; refused?: number | "token"; bare?: boolean } }
  | { client: JsonObject }
  | { server: JsonObject; as?: "chunks" | "gzip" | "array" }
  | { close: { by: "client" | "server" | "network"; code?: number; reason?: string } }
  | { pass: number }
  | { sees: JsonObject }
  | { others: JsonObject };

export interface Scenario {
  file: string;
  title: string;
  rules: string[];
  /** Parties it is not played with, and why. */
  notOn?: Partial<Record<Party, string>>;
  tokens?: Tokens;
  /** What names stand for where the runner must choose; else it is the name itself. */
  values?: JsonObject;
  steps: Step[];
}

export function readScenarios(): Scenario[] {
  return readdirSync(scenarioFolder)
    .filter((file) => file.endsWith(".json") && file !== "schema.json")
    .sort()
    .map((file) => {
      const scenario = JSON.parse(readFileSync(join(scenarioFolder, file), "utf8")) as Omit<Scenario, "file">;
      return { ...scenario, file: basename(file, ".json") };
    });
}
