/** Who drives a channel (§13.6): at most one principal, until it gives, releases or leaves, or somebody takes. */
import { isByGateway, refuse, type Step, type StepFacts, type Stepped, textOf, without, wrong } from "./step.ts";

export interface Driver {
  channel: string;
  /** `KIND:ID`; null: nobody. */
  driver: string | null;
  previous?: string;
  how: "took" | "gave" | "released" | "left";
  by: string;
  /** Milliseconds since 1970. */
  since: number;
}

export interface DriverFacts extends StepFacts {
  /** The channel that is driven. */
  id: string;
}

export const isDriven = ({ driver }: Driver): boolean => driver !== null;

/** Who may not give the command that driving is about has nothing to drive with. */
export const drivingCommand = "input";

export function stepDriver(before: Driver | undefined, { type, data }: Step, facts: DriverFacts): Stepped<Driver> {
  const { id, channel, by } = facts;
  if (channel !== id) return wrong("/channel", "must be the one that is driven");
  if (!facts.rights.mayCommand(channel, drivingCommand)) {
    return refuse("forbidden", `this token may not drive ${channel}`, {
      channel,
      verb: "command",
      name: drivingCommand,
    });
  }
  const present = before?.driver ?? null;
  if (isByGateway(facts)) {
    // Meanwhile somebody else may have taken it.
    if (present === null || present !== textOf(data, "previous")) return wrongDriver(present);
    return changed(before, null, "left", type, data, facts);
  }
  const wanted = data.driver === undefined ? by : data.driver === null ? null : String(data.driver);
  if (wanted === present) {
    return wanted === null ? wrongDriver(present) : { did: "repeat", newest: true };
  }
  if (present !== null && present !== by && data.take !== true) return notDriving(present);
  return changed(before, wanted, wanted === null ? "released" : wanted === by ? "took" : "gave", type, data, facts);
}

/** What an `input` of somebody else gets; `undefined` if it may be given. */
export const refuseInput = (driver: string | null | undefined, name: string, by: string) =>
  driver === null || driver === undefined || driver === by || name !== drivingCommand ? undefined : notDriving(driver);

const notDriving = (driver: string) => refuse("not_driving", `${driver} drives`, { driver });

const wrongDriver = (driver: string | null) =>
  refuse("wrong_state", driver === null ? "nobody drives" : `${driver} drives`, {
    state: driver === null ? "free" : "driven",
    driver,
  });

function changed(
  before: Driver | undefined,
  driver: string | null,
  how: Driver["how"],
  type: string,
  data: Step["data"],
  { id, by, nowMs }: DriverFacts,
): Stepped<Driver> {
  const previous = before?.driver === null || before === undefined ? {} : { previous: before.driver };
  const next: Driver = { channel: id, driver, ...previous, how, by, since: nowMs };
  const { since: _since, ...said } = next;
  // What is not known is kept, as in every event.
  return {
    did: "change",
    type,
    data: { ...without(data, ["previous"]), ...said },
    next,
  };
}
