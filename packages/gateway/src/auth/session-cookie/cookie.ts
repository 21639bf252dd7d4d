/** Finds a cookie by its name in a Cookie header. */

/** Longer ones are refused before anybody looks at them; browsers keep 4,096 bytes. */
export const cookieLength = 8_192;

/** `undefined` if there is none, or several: one of them could have been set by another page of the site. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  let found: string | undefined;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    if (found !== undefined) return undefined;
    found = pair.slice(equals + 1).trim();
  }
  return found === undefined || found === "" || found.length > cookieLength ? undefined : found;
}
