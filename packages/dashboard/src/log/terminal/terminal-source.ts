/** A process's output put on a screen as it comes. */
import type { Client, Readable } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import { fieldsOf } from "../../feed/fields.ts";
import { whileWatched } from "../../stores/while-watched.ts";
import { Screen, type ScreenLine, type Size } from "./screen.ts";

/** Pieces of output that the screen is drawn from when it is opened. */
export const drawnFrom = 2_000;
/** Where nobody said (packages/agent). */
const defaultSize: Size = { columns: 80, rows: 24 };
/** People do not read faster. */
const renewedEveryMs = 100;

export interface TerminalView {
  lines: readonly ScreenLine[];
  cursor: { line: number; column: number };
  size: Size;
  /** Output before this was not drawn: a program that draws on a screen may look broken until it draws anew. */
  late: boolean;
  error: string | undefined;
}

export function createTerminal(client: Client, channel: string): Readable<TerminalView> {
  let screen: Screen | undefined;
  let size = defaultSize;
  return whileWatched<TerminalView>(
    { lines: [], cursor: { line: 0, column: 0 }, size, late: false, error: undefined },
    ({ soon }) => {
      const mine = new Screen(defaultSize);
      screen = mine;
      size = defaultSize;
      let first: number | undefined;
      const put = ({ type, data, offset }: Publication) => {
        first ??= offset;
        const fields = fieldsOf(data);
        // Another size is a command that was carried out, and says what came of it.
        const told = type === "process_started" ? fields : type === "command_done" ? fields.inner("result") : undefined;
        const [columns, rows] = [told?.number("columns"), told?.number("rows")];
        if (columns !== undefined && rows !== undefined) {
          size = { columns, rows };
          mine.resize(size);
        }
        if (type === "process_output") void mine.write(textOf(data)).then(() => screen === mine && soon());
      };
      const watch = client.watch(channel, {
        since: { last: drawnFrom },
        onEvents: (events) => {
          for (const event of events) put(event);
          soon({ late: (first ?? 1) > 1 });
        },
        onGap: () => soon({ late: true }),
        onError: (error) => soon({ error: `${error.message} ${error.help}` }),
      });
      // The size was said at the start, which may be long ago.
      void startOf(client, channel).then(
        (started) => screen === mine && started && first !== undefined && first > started.offset && put(started),
      );
      return () => {
        watch.stop();
        screen = undefined;
        mine.dispose();
      };
    },
    { everyMs: renewedEveryMs, now: () => ({ ...screen?.lines(), size }) },
  );
}

function textOf(data: unknown): string {
  const text = fieldsOf(data).text("output") ?? "";
  const goesOn = typeof data === "object" && data !== null && "partial" in data && data.partial === true;
  return goesOn ? text : `${text}\n`;
}

async function startOf(client: Client, channel: string): Promise<Publication | undefined> {
  const address = `/v1/channels/${encodeURIComponent(channel)}/events?since=earliest&types=process_started&limit=1`;
  const answer = await client.request<{ events: Publication[] }>(address).catch(() => undefined);
  return answer?.events[0];
}
