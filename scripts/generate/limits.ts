/** packages/protocol/src/limits.ts → docs/reference/limits.md. */
import { type Limit, limits } from "@signalbox/protocol";
import { table } from "./table.ts";

const units: Record<Limit["unit"], string> = { bytes: "bytes", ms: "ms", count: "" };

const rows = Object.entries<Limit>(limits).map(([name, { default: value, unit, over }]) => [
  `\`${name}\``,
  `${value.toLocaleString("en-US")} ${units[unit]}`.trim(),
  over,
]);

export const limitsReference = (): string => `\
<!-- Made from packages/protocol/src/limits.ts by scripts/generate.ts. -->

# Limits

Every queue, size and wait has a limit. Set others under \`limits\` in the configuration. A gateway tells its own in its
answer to \`connect\`.

${table(["Limit", "Default", "Over it"], rows)}
`;
