/** packages/protocol/src/limits.ts → docs/reference/limits.md. */
import { defaultRates, type Limit, limits, type RateLimit } from "@signalbox/protocol";
import { table } from "./table.ts";

const units: Record<Limit["unit"], string> = { bytes: "bytes", ms: "ms", count: "" };

const rows = Object.entries<Limit>(limits).map(([name, { default: value, unit, over }]) => [
  `\`${name}\``,
  `${value.toLocaleString("en-US")} ${units[unit]}`.trim(),
  over,
]);

const rateRow = (what: string, { perSecond, burst }: RateLimit): string[] => [
  what,
  perSecond.toLocaleString("en-US"),
  burst.toLocaleString("en-US"),
];

const rates = [
  rateRow("messages of one principal", defaultRates.principal),
  ...Object.entries<RateLimit>(defaultRates.types).map(([type, rate]) => rateRow(`\`${type}\` of one principal`, rate)),
];

export const limitsReference = (): string => `\
<!-- Made from packages/protocol/src/limits.ts by scripts/generate.ts. -->

# Limits

Every queue, size and wait has a limit. Set others under \`limits\` in the configuration. A gateway tells its own in its
answer to \`connect\`.

${table(["Limit", "Default", "Over it"], rows)}

## Rates

Over a rate a message gets the error \`rate_limited\` with \`retryAfterMs\` and has no effect. Change them under \`rates\` in the
configuration; there also per address, per tenant and for any other type of message.

${table(["What", "Per second", "At once after a rest"], rates)}
`;
