/** Figures with their units, as short as they can be and still be exact enough. */
import { bytes, count } from "../components/figures.ts";

export type Unit =
  | "per-second"
  | "per-hour"
  | "bytes"
  | "bytes-per-second"
  | "ms"
  | "percent"
  | "count"
  | "usd"
  | "tokens";

/** null: not known, which is not 0. */
export function told(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  switch (unit) {
    case "per-second":
      return `${digits(value)} /s`;
    case "per-hour":
      return `${digits(value)} /h`;
    case "bytes":
      return bytes(value);
    case "bytes-per-second":
      return `${bytes(value)}/s`;
    case "ms":
      return milliseconds(value);
    case "percent":
      return `${digits(value)} %`;
    case "usd":
      return dollars(value);
    case "tokens":
      return count(Math.round(value));
    default:
      return digits(value);
  }
}

/** `$0.0213`, `$12.40`, `$1,204.00`: as many digits as a small price needs. */
export function dollars(value: number): string {
  const small = value !== 0 && Math.abs(value) < 1;
  return `$${value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: small ? 6 : 2 })}`;
}

/** Three digits of what is below a hundred, whole numbers above. */
const digits = (value: number): string =>
  value.toLocaleString("en", { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 });

function milliseconds(value: number): string {
  if (value >= 10_000) return `${digits(value / 1_000)} s`;
  return `${value < 1 ? value.toLocaleString("en", { maximumFractionDigits: 2 }) : digits(value)} ms`;
}
