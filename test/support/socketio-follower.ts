/** Socket.IO clients that keep their positions, written from docs/socketio.md alone. */
import { io } from "socket.io-client";
// @ts-expect-error: it has no types
import old from "socket.io-client-2";

export interface Follower {
  /** Numbers of the lines it was told, in order. */
  readonly lines: number[];
  /** Tasks it was told, in order. */
  readonly tasks: string[];
  readonly gaps: unknown[];
  readonly errors: unknown[];
  /** Connections so far. */
  readonly connections: number;
  /** Times that it joined its room. */
  readonly joins: number;
  stop(): void;
}

interface Options {
  url: string;
  token: string;
  processId: string;
  transports: string[];
  /** Keeps cookies. */
  withCredentials?: boolean;
}

const quick = { reconnectionDelay: 20, reconnectionDelayMax: 200, forceNew: true };

/** With `auth: {since}`: everything goes on. */
export function follow({ url, token, processId, transports, withCredentials = false }: Options): Follower {
  const since: Record<string, string> = {};
  const seen = { lines: [] as number[], tasks: [] as string[], gaps: [] as unknown[], errors: [] as unknown[] };
  let connections = 0;
  let joins = 0;
  const socket = io(url, { ...quick, transports, withCredentials, auth: (send) => send({ token, since }) });
  socket.onAny((_name, ...args) => Object.assign(since, args.at(-1)));
  socket.on("connect", () => {
    connections++;
    socket.emit("subscribe-process", processId, ({ ok }: { ok: boolean }) => {
      if (ok) joins++;
    });
  });
  socket.on("process-output", ({ output }) => void seen.lines.push(Number(output)));
  socket.on("task-assigned", ({ taskId }) => void seen.tasks.push(taskId));
  socket.on("gap", (gap) => void seen.gaps.push(gap));
  socket.on("error", (error) => void seen.errors.push(error));
  return {
    ...seen,
    get connections() {
      return connections;
    },
    get joins() {
      return joins;
    },
    stop: () => void socket.disconnect(),
  };
}

/** A client of version 2, which has no `auth`: the room goes on. */
export function followOld({ url, token, processId, transports }: Options): Follower {
  const seen = { lines: [] as number[], tasks: [] as string[], gaps: [] as unknown[], errors: [] as unknown[] };
  let connections = 0;
  let joins = 0;
  let since = "earliest";
  const extraHeaders = { Authorization: `Bearer ${token}` };
  const socket = old(url, { ...quick, transports, forceNode: true, extraHeaders });
  const keep = (places: Record<string, string>): void => {
    since = places[`process:${processId}`] ?? since;
  };
  socket.on("connect", () => {
    connections++;
    socket.emit("subscribe-process", processId, { since }, ({ ok }: { ok: boolean }) => {
      if (ok) joins++;
    });
  });
  socket.on("process-output", ({ output }: { output: string }, places: Record<string, string>) => {
    seen.lines.push(Number(output));
    keep(places);
  });
  socket.on("positions", keep);
  socket.on("gap", (gap: unknown) => void seen.gaps.push(gap));
  socket.on("error", (error: unknown) => void seen.errors.push(error));
  return {
    ...seen,
    get connections() {
      return connections;
    },
    get joins() {
      return joins;
    },
    stop: () => void socket.disconnect(),
  };
}
