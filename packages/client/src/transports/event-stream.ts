/** Reads `text/event-stream`, as far as spec §7.1 uses it: `data:` lines, and comments that only show life. */

/** Takes text in pieces of any size; calls `onData` with the data of each event. */
export function eventStream(onData: (data: string) => void): (piece: string) => void {
  let rest = "";
  let data: string[] = [];
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
      else if (!line && data.length) {
        onData(data.join("\n"));
        data = [];
      }
    }
  };
}
