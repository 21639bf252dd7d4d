/** Names of channels and patterns. */

/** `namespace` or `namespace:name`; the namespace selects the channel's options. */
const channelPattern = /^[a-z][a-z0-9-]{0,31}(?::[A-Za-z0-9._~:/@+=,-]{1,200})?$/;

/** `namespace:*` or `namespace:prefix*`; `*` alone means every channel. */
const wildcardPattern = /^(?:\*|[a-z][a-z0-9-]{0,31}:[A-Za-z0-9._~:/@+=,-]{0,200}\*)$/;

export const isChannel = (name: unknown): name is string => typeof name === "string" && channelPattern.test(name);

export const isPattern = (name: unknown): name is string => typeof name === "string" && wildcardPattern.test(name);

export function namespaceOf(channel: string): string {
  const colon = channel.indexOf(":");
  return colon < 0 ? channel : channel.slice(0, colon);
}

/** Does a concrete channel belong to a pattern (or equal a concrete name)? */
export function matchesPattern(pattern: string, channel: string): boolean {
  return pattern.endsWith("*") ? channel.startsWith(pattern.slice(0, -1)) : pattern === channel;
}

/** Makes any text usable as the part after the colon: other characters become `-`, 200 at most. */
export const channelName = (text: string): string => text.replace(/[^A-Za-z0-9._~:/@+=,-]+/g, "-").slice(0, 200) || "-";
