/** What a source of foreign events is for POST /v1/events: a media type, and how its documents become our messages. */

export type Mapped = { ok: true; drafts: unknown[] } | { ok: false; path: string; rule: string };

export interface EventFormat {
  readonly mediaType: string;
  /** Pure: from a parsed document to messages that are yet to be decoded. */
  map(document: unknown): Mapped;
}
