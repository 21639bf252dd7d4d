/** Where a file goes that may be longer than a page's memory: straight to disk where the browser can, else as a download. */
import { save } from "./save.ts";

export interface Destination {
  /** `disk`: a file that a person chose. `download`: collected by the browser, which keeps the parts on disk where they are large. */
  kind: "disk" | "download";
  /** Resolves when the file is whole; what was begun is thrown away when it fails. */
  take(stream: ReadableStream<Uint8Array>): Promise<void>;
}

type Pick = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

function picker(): Pick | undefined {
  const found: unknown = Reflect.get(globalThis, "showSaveFilePicker");
  return typeof found === "function" ? (found as Pick) : undefined;
}

/** Asked at once after a click: browsers let only a person's hand open a file. Undefined: the person changed their mind. */
export async function chooseDestination(name: string, type: string, large: boolean): Promise<Destination | undefined> {
  const pick = large ? picker() : undefined;
  if (pick === undefined) {
    return {
      kind: "download",
      take: async (stream) => {
        const blob = await new Response(stream, { headers: { "content-type": type } }).blob();
        save(name, blob);
      },
    };
  }
  try {
    const handle = await pick.call(globalThis, { suggestedName: name });
    return { kind: "disk", take: async (stream) => stream.pipeTo(await handle.createWritable()) };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    throw error;
  }
}

/** Tells how many bytes went by, some ten times a second at most. */
export function counted(tell: (bytes: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let had = 0;
  let toldMs = 0;
  return new TransformStream({
    transform(chunk, controller) {
      had += chunk.byteLength;
      if (performance.now() - toldMs > 100) {
        toldMs = performance.now();
        tell(had);
      }
      controller.enqueue(chunk);
    },
    flush: () => tell(had),
  });
}
