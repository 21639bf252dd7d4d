export type { TimelineColumns } from "./columns.ts";
export { columnsOf, rowsIn } from "./columns.ts";
export type { TimelineEvent, TimelineKind, TimelineRow } from "./row.ts";
export { endingStates, rowOf, timelineKinds } from "./row.ts";
