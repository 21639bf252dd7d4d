/** The name that a path ends in. */
import { isChannel } from "@signalbox/protocol";

/** What follows `folder`, decoded; undefined if it could not be the name of a channel. */
export function nameInPath(path: string, folder: string): string | undefined {
  try {
    const name = decodeURIComponent(path.slice(folder.length));
    return isChannel(`session:${name}`) ? name : undefined;
  } catch {
    return undefined;
  }
}
