/** Names of webgui channels and of ours (S§5.1). Pure. */
import { isChannel, namespaceOf } from "@signalbox/protocol";

/** Namespaces whose channels have a name in the web GUI document; the one without a name is `global`. */
const named: ReadonlySet<string> = new Set(["session", "agent", "user"]);

export class Names {
  readonly #prefix: string;

  /** `prefix`: what stands before the first colon. It has no character that Redis takes for a pattern's: the configuration's schema sees to it. */
  constructor(prefix: string) {
    this.#prefix = `${prefix}:`;
  }

  /** What a gateway listens to. Nothing in it comes from anybody but the configuration. */
  get pattern(): string {
    return `${this.#prefix}*`;
  }

  /** `webgui:session:s1` → `session:s1`; `undefined` for what is no channel of the document, or has a name that ours cannot have. */
  ours(theirs: string): string | undefined {
    if (!theirs.startsWith(this.#prefix)) return undefined;
    const channel = theirs.slice(this.#prefix.length);
    return hasName(channel) ? channel : undefined;
  }

  /** The other way round; `undefined` for channels that the document does not know. */
  theirs(channel: string): string | undefined {
    return hasName(channel) ? `${this.#prefix}${channel}` : undefined;
  }
}

const hasName = (channel: string): boolean =>
  channel === "global" || (channel.includes(":") && named.has(namespaceOf(channel)) && isChannel(channel));
