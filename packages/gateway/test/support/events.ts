/** Server-Sent Events read from a fetch response by an independent reading of the standard. */

export interface ServerEvent {
  id?: string;
  event: string;
  data: string;
}

/** Yields events and, as `event: "comment"`, comments. */
export async function* serverEvents(response: Response): AsyncGenerator<ServerEvent> {
  if (response.body === null) return;
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      yield parse(rest.slice(0, end));
      rest = rest.slice(end + 2);
    }
  }
}

function parse(block: string): ServerEvent {
  const found: ServerEvent = { event: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (field === "") found.event = "comment";
    else if (field === "id") found.id = value;
    else if (field === "event") found.event = value;
    else if (field === "data") data.push(value);
    else if (field === "retry") found.event = "retry";
  }
  return { ...found, data: data.join("\n") };
}

/** Reads on to the first event that fits. */
export async function nextEvent(
  events: AsyncGenerator<ServerEvent>,
  fits: (event: ServerEvent) => boolean = () => true,
): Promise<ServerEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error("the stream ended");
    if (fits(value)) return value;
  }
}
