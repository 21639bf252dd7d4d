/**
 * What goes over this page's wire, for the message inspector. It is put between the client and the network, so that the client carries
 * none of it: the newest frames are always at hand, since what somebody asks about has happened already.
 */

export interface Frame {
  atMs: number;
  way: "in" | "out";
  /** Bytes of what is no text. */
  body: string | number;
  /** Of a request over HTTP: `POST /v1/events`, and what it was answered with. */
  request?: string;
}

/** Kept while nobody looks. */
const framesKept = 200;
const charactersKept = 1_000_000;

const frames: Frame[] = [];
let characters = 0;
const listeners = new Set<(frame: Frame) => void>();

const sizeOf = ({ body }: Frame): number => (typeof body === "string" ? body.length : 0);

function note(frame: Frame): void {
  frames.push(frame);
  characters += sizeOf(frame);
  while (frames.length > framesKept || (characters > charactersKept && frames.length > 1)) {
    const oldest = frames.shift();
    if (oldest) characters -= sizeOf(oldest);
  }
  for (const listener of listeners) listener(frame);
}

/** Calls back with the newest frames there were, then with each as it goes by; until what it returns is called. */
export function listen(heard: (frame: Frame) => void): () => void {
  for (const frame of frames) heard(frame);
  listeners.add(heard);
  return () => listeners.delete(heard);
}

const bodyOf = (data: unknown): string | number => {
  if (typeof data === "string") return data;
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data)
    ? data.byteLength
    : data instanceof Blob
      ? data.size
      : 0;
};

/** From now on, sockets of this page are heard. */
export function tapSockets(): void {
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => note({ atMs: Date.now(), way: "in", body: bodyOf(data) }));
    }

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      note({ atMs: Date.now(), way: "out", body: bodyOf(data) });
      super.send(data);
    }
  };
}

/** Requests are heard; of answers only how they ended. */
export const tappedFetch: typeof fetch = async (input, init) => {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input, location.href);
  const request = `${init?.method ?? "GET"} ${pathname}${search}`;
  note({ atMs: Date.now(), way: "out", body: typeof init?.body === "string" ? init.body : "", request });
  const response = await fetch(input, init);
  note({ atMs: Date.now(), way: "in", body: "", request: `${response.status} ${request}` });
  return response;
};
