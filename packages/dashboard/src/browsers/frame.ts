/** A picture of a browser, as it comes: `browser_update` with the picture in base64. */
import type { Publication } from "@signalbox/protocol";

export interface Frame {
  picture: Blob;
  url: string;
  title: string;
  /** When it was taken, milliseconds since 1970. */
  at: number;
  offset: number;
}

/** What browsers draw from bytes; pictures that are programs are not among them. */
const mediaTypes: readonly string[] = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"];

/** Undefined: it has no picture. A sentence: why its picture cannot be shown. */
export function frameIn({ data, timestamp, offset }: Publication): Frame | string | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const member = (name: string): unknown => Reflect.get(data, name);
  const screenshot = member("screenshot");
  if (typeof screenshot !== "string" || screenshot === "") return undefined;
  const type = textIn(member("mediaType")) || "image/jpeg";
  if (!mediaTypes.includes(type)) return `It is said to be ${type}; shown are ${mediaTypes.join(", ")}.`;
  const bytes = bytesIn(screenshot);
  if (!bytes) return "Its screenshot is not base64.";
  return {
    picture: new Blob([bytes], { type }),
    url: textIn(member("url")),
    title: textIn(member("title")),
    at: timestamp,
    offset: offset ?? 0,
  };
}

const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

function bytesIn(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
