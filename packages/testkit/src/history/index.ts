export type { InvariantName, Report } from "./check.ts";
export { checkHistory, printed } from "./check.ts";
export type { FinalChannel, FinalCheckpoint, FinalCommand, FinalEvent, FinalHistory } from "./final.ts";
export { readHistory, readProcess } from "./reading.ts";
export type { HistoryRecord, Invoke, Operation, Said, Subject } from "./record.ts";
export { Recorder } from "./recorder.ts";
export { quantile, type Recovery, recoveries } from "./recovery.ts";
