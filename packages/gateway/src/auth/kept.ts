/**
 * A small text that several processes change and all of them follow, such as who may come in: in a file (`KeptFile`), or where nodes
 * share a store in a document of theirs (`KeptDocument`).
 */

export interface Kept<Content> {
  /** As it was when it was last looked at. */
  readonly content: Content;
  /** Looks now instead of in a moment; `undefined`: it has looked. */
  refresh(): Promise<void> | undefined;
  /** Calls back after each change, whoever made it. */
  onChange(listener: (now: Content, before: Content) => void): () => void;
  /** Changes what it holds now, one after the other whoever does. Rejects when that cannot be kept. */
  update(change: (content: Content) => Content): Promise<void>;
  close(): void;
}

export interface KeptFormat<Content> {
  /** When there is nothing. */
  empty: Content;
  /** `undefined` for a value that is no content of ours. */
  read(value: unknown): Content | undefined;
}

const maxBytes = 16_777_216;

export function isTooLarge(bytes: number): boolean {
  return bytes > maxBytes;
}

/** Throws for what is no content; `where`: what it is called. */
export function contentOf<Content>(text: string, where: string, { read }: KeptFormat<Content>): Content {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${where} is not JSON`);
  }
  const content = read(value);
  if (content === undefined) throw new Error(`${where} does not hold what it should`);
  return content;
}
