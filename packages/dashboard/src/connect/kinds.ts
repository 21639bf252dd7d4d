/** The kinds of sources, and the one that is looked at. */

export type SourceKind = "command" | "http" | "code" | "bus" | "page";

export const kindWords: Readonly<Record<SourceKind, string>> = {
  command: "Commands",
  http: "HTTP",
  code: "Your code",
  bus: "Message brokers",
  page: "Your pages",
};

/** Which are shown; absent: all. */
export interface SourcesSearch {
  kind?: SourceKind;
}

export const readSources = ({ kind }: Record<string, unknown>): SourcesSearch =>
  typeof kind === "string" && Object.hasOwn(kindWords, kind) ? { kind: kind as SourceKind } : {};
