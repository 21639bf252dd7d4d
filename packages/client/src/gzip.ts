/**
 * `@signalbox/client/gzip`: large publications come gzipped, made once by the gateway for all who want that. In Node its own
 * zlib unpacks them at once; in browsers DecompressionStream, which takes its time, so that what follows waits its turn.
 */
import { badAnswer, reasonOf } from "./errors.ts";
import type { Codec } from "./transport.ts";

/** The gateway compresses shorter messages only: what becomes longer is no message. */
const mostBytes = 1_048_576;
/** What the first byte of a frame is, where gzip follows. */
const gzipKind = 2;

type Unpack = (packed: Uint8Array<ArrayBuffer>) => string | Promise<string>;
type Then = (data: unknown) => void;

/** A codec that unpacks with this; for tests, since each surrounding has its own. */
export const codecWith = (unpack: Unpack): Codec => ({
  asks: { compression: ["gzip"] },
  attach(socket, end) {
    const { onmessage, onclose } = socket;
    const fail = (error: unknown): void => {
      socket.onmessage = socket.onclose = null;
      end({ problem: badAnswer(`A compressed frame cannot be read: ${reasonOf(error)}`) });
    };
    const read = inOrder((frame) => {
      const packed = packedIn(frame);
      return packed ? unpack(packed) : frame;
    }, fail);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) =>
      read(data, (text) => onmessage?.call(socket, new MessageEvent("message", { data: text })));
    socket.onclose = (event) => read(undefined, () => onclose?.call(socket, event));
  },
});

/** Calls `then` with what comes of the frame, after that of those before. */
function inOrder(change: (frame: unknown) => unknown, fail: (error: unknown) => void) {
  /** What came while a frame was being changed. */
  let waiting: Array<[unknown, Then]> | undefined;

  const late = async (first: Promise<unknown>, then: Then): Promise<void> => {
    waiting = [];
    then(await first);
    while (waiting.length > 0) {
      const all = waiting;
      waiting = [];
      for (const [frame, next] of all) next(await change(frame));
    }
    waiting = undefined;
  };
  return (frame: unknown, then: Then): void => {
    if (waiting) {
      waiting.push([frame, then]);
      return;
    }
    try {
      const changed = change(frame);
      if (changed instanceof Promise) late(changed, then).catch(fail);
      else then(changed);
    } catch (error) {
      fail(error);
    }
  };
}

function packedIn(frame: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (!(frame instanceof ArrayBuffer)) return undefined;
  const bytes = new Uint8Array(frame);
  return bytes[0] === gzipKind ? bytes.subarray(1) : undefined;
}

/** What Node has. */
function zlibUnpack(): Unpack | undefined {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  return zlib && ((packed) => zlib.gunzipSync(packed, { maxOutputLength: mostBytes }).toString());
}

/** What browsers have. */
export function streamUnpack(): Unpack | undefined {
  if (typeof DecompressionStream === "undefined") return undefined;
  return async (packed) => {
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (let bytes = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return text;
      bytes += value.length;
      if (bytes > mostBytes) {
        void reader.cancel();
        throw new RangeError(`it becomes longer than ${mostBytes} bytes`);
      }
      text += decoder.decode(value, { stream: true });
    }
  };
}

const unpack = zlibUnpack() ?? streamUnpack();

/** `undefined` in browsers that cannot unpack: then nothing is compressed. */
export const gzip: Codec | undefined = unpack && codecWith(unpack);
