/** The channels of one verb, ready to be asked, and what belongs to one agent. */
import { isChannel, isPattern, namespaceOf } from "@signalbox/protocol";

const agents = "agent";

/** What belongs to one agent: its channel, and those of the agents it starts, which are named below it. */
export class Own {
  readonly #id: string;
  readonly channel: string;
  readonly below: string;

  constructor(agentId: string) {
    this.#id = agentId;
    this.channel = `${agents}:${agentId}`;
    this.below = `${this.channel}/`;
  }

  is(agentId: string): boolean {
    return agentId === this.#id || agentId.startsWith(`${this.#id}/`);
  }

  /** Not another agent's. */
  allows(channel: string): boolean {
    return namespaceOf(channel) !== agents || channel === this.channel || channel.startsWith(this.below);
  }
}

/** What the channels of a pattern begin with; `undefined` if it is none. */
const prefixOf = (pattern: string): string | undefined => (isPattern(pattern) ? pattern.slice(0, -1) : undefined);

/** The channels of one verb. */
export class Grants {
  readonly #own: Own | undefined;
  readonly #names = new Set<string>();
  /** Namespaces granted as `namespace:*`: looked up instead of compared one by one. */
  readonly #namespaces = new Set<string>();
  #prefixes: string[] = [];
  #all = false;

  constructor(own: Own | undefined) {
    this.#own = own;
  }

  get any(): boolean {
    return this.#all || this.#names.size > 0 || this.#namespaces.size > 0 || this.#prefixes.length > 0;
  }

  add(channels: string): void {
    const prefix = prefixOf(channels);
    if (prefix === "") this.#all = true;
    else if (prefix !== undefined) this.#addPrefix(prefix);
    else if (isChannel(channels) && this.#own?.allows(channels) !== false) this.#names.add(channels);
  }

  #addPrefix(prefix: string): void {
    const own = this.#own;
    if (own !== undefined && prefix.startsWith(`${agents}:`) && !prefix.startsWith(own.below)) {
      // Of another agent's and one's own channels, only one's own are left.
      if (own.channel.startsWith(prefix)) this.#names.add(own.channel);
      if (!own.below.startsWith(prefix)) return;
      this.#prefixes.push(own.below);
    } else if (prefix.endsWith(":") && prefix.indexOf(":") === prefix.length - 1) {
      this.#namespaces.add(prefix.slice(0, -1));
    } else {
      this.#prefixes.push(prefix);
    }
  }

  /** `channel` is a proper name. */
  grant(channel: string): boolean {
    if (this.#all) return this.#own?.allows(channel) !== false;
    if (this.#names.has(channel)) return true;
    if (this.#namespaces.size > 0) {
      const colon = channel.indexOf(":");
      if (colon > 0 && this.#namespaces.has(channel.slice(0, colon))) return true;
    }
    for (const prefix of this.#prefixes) if (channel.startsWith(prefix)) return true;
    return false;
  }

  covers(pattern: string): boolean {
    const prefix = prefixOf(pattern);
    if (prefix === undefined) return isChannel(pattern) && this.grant(pattern);
    if (this.#all) return this.#own === undefined || this.#coveredByOwn(prefix);
    return this.#starts().some((granted) => prefix.startsWith(granted));
  }

  touches(pattern: string): boolean {
    const prefix = prefixOf(pattern);
    if (prefix === undefined) return isChannel(pattern) && this.grant(pattern);
    if (this.#all) return this.#touchesOwn(prefix);
    for (const name of this.#names) if (name.startsWith(prefix)) return true;
    return this.#starts().some((granted) => granted.startsWith(prefix) || prefix.startsWith(granted));
  }

  /** Names and patterns, in order and none within another, that together are what is granted of the pattern. */
  within(pattern: string): string[] {
    if (this.covers(pattern)) return [pattern];
    const prefix = prefixOf(pattern);
    if (prefix === undefined) return [];
    const starts = this.#starts().filter((granted) => granted.startsWith(prefix));
    const names = [...this.#names].filter((name) => name.startsWith(prefix));
    const all = [...names, ...starts.map((granted) => `${granted}*`)];
    const isInside = (one: string): boolean =>
      starts.some((granted) => one !== `${granted}*` && one.replace(/\*$/, "").startsWith(granted));
    return [...new Set(all)].filter((one) => !isInside(one)).sort();
  }

  /** `*`, held by a bound agent. */
  #coveredByOwn(prefix: string): boolean {
    if (prefix === "") return false;
    return namespaceOf(prefix) !== agents || (this.#own !== undefined && prefix.startsWith(this.#own.below));
  }

  #touchesOwn(prefix: string): boolean {
    const own = this.#own;
    if (own === undefined || prefix === "" || namespaceOf(prefix) !== agents) return true;
    return own.below.startsWith(prefix) || prefix.startsWith(own.below);
  }

  #starts(): string[] {
    return [...[...this.#namespaces].map((namespace) => `${namespace}:`), ...this.#prefixes];
  }
}
