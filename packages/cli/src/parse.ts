/** Values of flags. Commander turns the error into a usage message. */
import { InvalidArgumentError } from "commander";

export function parseCount(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

export function parsePort(text: string): number {
  const port = parseCount(text);
  if (port > 65_535) throw new InvalidArgumentError("A port is at most 65535.");
  return port;
}

/** `k=v`, given any number of times. */
export function collectTag(text: string, tags: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("Write it as name=value.");
  return { ...tags, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** `512M`, `2G`, `1000000`: bytes. */
export function parseBytes(text: string): number {
  const [, digits = "", unit = ""] = /^([0-9]{1,12})([KMG]?)i?B?$/i.exec(text) ?? [];
  if (digits === "") throw new InvalidArgumentError("Write it as 512M or 2G.");
  const factors: Record<string, number> = { "": 1, K: 1_024, M: 1_048_576, G: 1_073_741_824 };
  return Number(digits) * (factors[unit.toUpperCase()] ?? 1);
}
