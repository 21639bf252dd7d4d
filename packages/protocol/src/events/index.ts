/** The event catalogue: one line per family. */
import type { Static } from "typebox";
import { agentEvents } from "./agent.ts";
import { alertEvents } from "./alert.ts";
import { browserEvents } from "./browser.ts";
import { budgetEvents } from "./budget.ts";
import { checkpointEvents } from "./checkpoint.ts";
import { commandEvents } from "./command.ts";
import type { EventDefinition } from "./define.ts";
import { driverEvents } from "./driver.ts";
import { executionEvents } from "./execution.ts";
import { githubEvents } from "./github.ts";
import { leaseEvents } from "./lease.ts";
import { memoryEvents } from "./memory.ts";
import { presenceEvents } from "./presence.ts";
import { processEvents } from "./process.ts";
import { sessionEvents } from "./session.ts";
import { systemEvents } from "./system.ts";
import { taskEvents } from "./task.ts";
import { tddEvents } from "./tdd.ts";
import { workflowEvents } from "./workflow.ts";

const known = {
  agent: agentEvents,
  task: taskEvents,
  tdd: tddEvents,
  session: sessionEvents,
  memory: memoryEvents,
  process: processEvents,
  workflow: workflowEvents,
  execution: executionEvents,
  checkpoint: checkpointEvents,
  browser: browserEvents,
  command: commandEvents,
  lease: leaseEvents,
  driver: driverEvents,
  budget: budgetEvents,
  presence: presenceEvents,
  system: systemEvents,
  alert: alertEvents,
  github: githubEvents,
};

type Known = (typeof known)[keyof typeof known][number];

/** The data of each event type, from the same schema that checks it. */
export type EventData = { [Definition in Known as Definition["type"]]: Static<Definition["data"]> };

export type EventType = keyof EventData;

/** Families in the order of the reference. */
export const families: Readonly<Record<string, readonly EventDefinition[]>> = known;

/** Every event type by its name. Types that are not in it are events too, and pass unchecked. */
export const catalogue: ReadonlyMap<string, EventDefinition> = new Map(
  Object.values(families)
    .flat()
    .map((definition) => [definition.type, definition]),
);
