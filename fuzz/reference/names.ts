/** The rules of spec/protocol.md §2 as slowly and plainly as they can be written. */

const lower = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const ofNames = `${lower}${lower.toUpperCase()}${digits}._~:/@+=,-`;
const ofEpochs = `${lower}${lower.toUpperCase()}${digits}_-`;

const within = (characters: string, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (!characters.includes(text.charAt(i))) return false;
  return true;
};

const isNamespace = (text: string): boolean =>
  text.length >= 1 && text.length <= 32 && within(lower, text.charAt(0)) && within(`${lower}${digits}-`, text);

/** What comes before the first colon, and after it. */
function halves(text: string): [string, string | undefined] {
  for (let i = 0; i < text.length; i++) if (text.charAt(i) === ":") return [text.slice(0, i), text.slice(i + 1)];
  return [text, undefined];
}

export function isChannelByRule(text: string): boolean {
  const [namespace, name] = halves(text);
  if (name === undefined) return isNamespace(namespace);
  return isNamespace(namespace) && name.length >= 1 && name.length <= 200 && within(ofNames, name);
}

export function isPatternByRule(text: string): boolean {
  if (text === "*") return true;
  if (text.charAt(text.length - 1) !== "*") return false;
  const [namespace, name] = halves(text.slice(0, text.length - 1));
  return name !== undefined && isNamespace(namespace) && name.length <= 200 && within(ofNames, name);
}

/** Both are proper names. */
export function matchesByRule(pattern: string, channel: string): boolean {
  if (pattern.charAt(pattern.length - 1) !== "*") return pattern === channel;
  for (let i = 0; i < pattern.length - 1; i++) if (pattern.charAt(i) !== channel.charAt(i)) return false;
  return true;
}

const isEpochByRule = (text: string): boolean => text.length >= 1 && text.length <= 64 && within(ofEpochs, text);

/** `exact`: no zeros before the number, as `EPOCH:OFFSET` wants it. */
function offsetByRule(text: string, exact: boolean): number | undefined {
  if (text.length < 1 || text.length > 16 || !within(digits, text)) return undefined;
  if (exact && text.length > 1 && text.charAt(0) === "0") return undefined;
  return BigInt(text) < 2n ** 53n ? Number(text) : undefined;
}

export function positionByRule(text: string): { epoch: string; offset: number } | undefined {
  const parts = text.split(":");
  const [epoch, offset] = [parts[0] ?? "", offsetByRule(parts[1] ?? "", true)];
  return parts.length === 2 && isEpochByRule(epoch) && offset !== undefined ? { epoch, offset } : undefined;
}

/** `EPOCH*CHANNEL*OFFSET*CHANNEL*OFFSET;EPOCH*…`; what comes later wins. */
export function cursorByRule(text: string): Map<string, { epoch: string; offset: number }> | undefined {
  const positions = new Map<string, { epoch: string; offset: number }>();
  for (const group of text.split(";")) {
    const [epoch = "", ...pairs] = group.split("*");
    if (!isEpochByRule(epoch) || pairs.length === 0) return undefined;
    while (pairs.length > 0) {
      const [channel = "", digits = ""] = pairs.splice(0, 2);
      const offset = offsetByRule(digits, false);
      if (!isChannelByRule(channel) || offset === undefined) return undefined;
      positions.set(channel, { epoch, offset });
    }
  }
  return positions;
}
