/** Who drives a channel, as the gateway tells it and as people read it. */
import type { Colours } from "../io.ts";
import { sanitised } from "../text/sanitise.ts";

export interface DriverRow {
  channel: string;
  /** `KIND:ID`; null: nobody. */
  driver: string | null;
  how?: string;
  previous?: string;
  by?: string;
}

export const driverPath = (channel: string): string => `/v1/channels/${encodeURIComponent(channel)}/driver`;

export const describeDriver = ({ driver }: DriverRow, paint: Colours): string =>
  driver === null ? "nobody drives" : `${paint.cyan(sanitised(driver))} drives`;
