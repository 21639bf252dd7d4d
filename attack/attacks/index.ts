/** Every attack there is, in the order they are run. */
import type { Attack } from "./attack.ts";
import { badTokens } from "./bad-tokens.ts";
import { bombs } from "./bombs.ts";
import { churn } from "./churn.ts";
import { fragments } from "./fragments.ts";
import { hugeFrames } from "./huge-frames.ts";
import { hugeJson } from "./huge-json.ts";
import { invalid } from "./invalid.ts";
import { pings } from "./pings.ts";
import { polls } from "./polls.ts";
import { searches } from "./searches.ts";
import { slowloris } from "./slowloris.ts";
import { storm } from "./storm.ts";
import { unread } from "./unread.ts";

export const attacks: readonly Attack[] = [
  slowloris,
  fragments,
  pings,
  unread,
  churn,
  bombs,
  storm,
  badTokens,
  hugeFrames,
  hugeJson,
  invalid,
  searches,
  polls,
];
