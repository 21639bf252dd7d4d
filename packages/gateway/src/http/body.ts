/** Request bodies: UTF-8 text of a known media type, decoded by the same rules as WebSocket frames. */
import { type Draft, decodeFrame, type Limits, refuseOutline } from "@signalbox/protocol";
import type { App } from "./app.ts";
import { broken } from "./errors.ts";

export class TextBody {
  readonly mediaType: string;
  readonly text: string;

  constructor(mediaType: string, text: string) {
    this.mediaType = mediaType;
    this.text = text;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Lets the routes of `app` take bodies of this media type. */
export function acceptMediaType(app: App, mediaType: string): void {
  app.addContentTypeParser(mediaType, { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, new TextBody(mediaType, utf8.decode(typeof body === "string" ? Buffer.from(body) : body)));
    } catch {
      done(broken("", "must be UTF-8"));
    }
  });
}

export function textBody(body: unknown): TextBody {
  if (body instanceof TextBody) return body;
  throw broken("", "needs a body");
}

/** What others wrap messages in has keys and levels of its own; decodeValue is exact about what was in it. */
const wrapping = { levels: 2, keys: 100 };

/** @param around As in refuseOutline. */
export function jsonOf({ text }: TextBody, { jsonDepth, jsonKeys }: Limits, around?: number): unknown {
  const most = { jsonDepth: jsonDepth + wrapping.levels, jsonKeys: jsonKeys + wrapping.keys };
  const outline = refuseOutline(text, most, around);
  if (outline !== undefined) throw broken(outline.path, outline.rule);
  try {
    return JSON.parse(text);
  } catch {
    throw broken("", "must be JSON");
  }
}

/** The messages of a body: one, or an array of them. */
export function draftsOf({ text }: TextBody, limits: Limits): Draft[] {
  const decoded = decodeFrame(text, limits);
  if (!decoded.ok) throw broken(decoded.path, decoded.rule);
  return decoded.drafts;
}
