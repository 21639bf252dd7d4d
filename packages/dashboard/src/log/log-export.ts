/** Every kept line of a process, or those on stderr, as a file. */
import type { Client } from "@signalbox/client";
import { useEffect, useRef, useState } from "react";
import { bytes, count } from "../components/figures.ts";
import { chooseDestination, counted } from "../export/destination.ts";
import type { Export } from "../export/export-menu.tsx";
import { fileName } from "../export/save.ts";
import { toast } from "../stores/toasts.ts";
import { asFile, csvLines, jsonLines, type LogForm } from "./log-records.ts";

interface Kind {
  says: string;
  ending: string;
  type: string;
  query: string;
  /** None: the gateway's text as it comes. */
  form?: LogForm;
}

const kinds: readonly Kind[] = [
  { says: "Text, as written", ending: "log", type: "text/plain", query: "format=text" },
  { says: "Text, without colours", ending: "txt", type: "text/plain", query: "format=text&ansi=false" },
  {
    says: "JSON lines",
    ending: "jsonl",
    type: "application/jsonl",
    query: "format=events&follow=false",
    form: jsonLines,
  },
  { says: "CSV", ending: "csv", type: "text/csv", query: "format=events&follow=false", form: csvLines },
];

/** So many lines go straight to disk where the browser can: a person is asked where to. */
const largeLines = 100_000;

export interface LogExport {
  exports: Export[];
  /** How much of the file there is, while one is made. */
  progress: string | undefined;
  stop: () => void;
}

/** `lines`: as far as is known. `errorsOnly`: only what was written on stderr. */
export function useLogExport(
  client: Client,
  processId: string,
  name: string,
  lines: number,
  errorsOnly: boolean,
): LogExport {
  const [had, setHad] = useState<number>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = async (kind: Kind): Promise<void> => {
    if (running.current !== undefined) throw new Error("another export of this log still runs");
    const file = `${fileName(name, "process")}${errorsOnly ? "-stderr" : ""}.${kind.ending}`;
    const to = await chooseDestination(file, kind.type, lines > largeLines);
    if (to === undefined) return;
    const stop = new AbortController();
    running.current = stop;
    setHad(0);
    let size = 0;
    try {
      const only = errorsOnly ? "&stream=stderr" : "";
      // The token goes in a header, so the browser cannot fetch the file by itself.
      const address = `/v1/processes/${encodeURIComponent(processId)}/logs?${kind.query}${only}`;
      const answer = await client.fetch(address, { signal: stop.signal });
      if (!answer.ok || !answer.body) throw new Error(`the gateway answered ${answer.status}`);
      const content = kind.form === undefined ? answer.body : answer.body.pipeThrough(asFile(kind.form));
      const counting = counted((now) => {
        size = now;
        setHad(now);
      });
      await to.take(content.pipeThrough(counting));
      toast(`${file}: ${bytes(size)}${to.kind === "disk" ? ", written to disk as it came" : ""}`);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      toast(`${file}: stopped, nothing is kept of it`);
    } finally {
      running.current = undefined;
      setHad(undefined);
    }
  };
  const many = lines > 0 ? `, ${count(lines)} ${errorsOnly ? "on stderr" : lines === 1 ? "line" : "lines"}` : "";
  return {
    exports: kinds.map((kind) => ({ label: `${kind.says}${many}`, run: () => run(kind) })),
    progress: had === undefined ? undefined : bytes(had),
    stop: () => running.current?.abort(),
  };
}
