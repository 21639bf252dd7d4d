/** Every kept line of a process, as a text file. */
import type { Client } from "@signalbox/client";
import { useState } from "react";
import { bytes } from "../components/figures.ts";
import { fileName, save } from "../export/save.ts";
import { toast } from "../stores/toasts.ts";

/** The token goes in a header, so the browser cannot fetch the file by itself. */
export function useDownload(client: Client, processId: string, name: string) {
  const [had, setHad] = useState<number>();
  const start = () => {
    setHad(0);
    download(client, processId, `${fileName(name, "process")}.log`, setHad)
      .catch((error: unknown) => toast(`The download failed: ${error instanceof Error ? error.message : error}`, "bad"))
      .finally(() => setHad(undefined));
  };
  return { start, bytes: had === undefined ? undefined : bytes(had) };
}

async function download(
  client: Client,
  processId: string,
  file: string,
  progress: (bytes: number) => void,
): Promise<void> {
  const answer = await client.fetch(`/v1/processes/${encodeURIComponent(processId)}/logs?format=text`);
  if (!answer.ok || !answer.body) throw new Error(`the gateway answered ${answer.status}`);
  let had = 0;
  let toldMs = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      had += chunk.byteLength;
      if (performance.now() - toldMs > 100) {
        toldMs = performance.now();
        progress(had);
      }
      controller.enqueue(chunk);
    },
  });
  // The browser keeps the parts on disk where they are large.
  const blob = await new Response(answer.body.pipeThrough(counting)).blob();
  save(file, blob);
  toast(`${file}: ${bytes(had)}`);
}
