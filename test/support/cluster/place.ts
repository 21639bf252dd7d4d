/** Everything that a trial needs, put up and taken down: nodes over a Redis, a folder for journals, and what to say when it fails. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Nodes, type NodesOptions, startNodes } from "./nodes.ts";

/** Repeats the choices of a run. */
export const seed = Number(process.env.SIGNALBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));

export interface Store {
  url: string;
  stop(): Promise<void>;
}

export interface Place<Own extends Store> {
  store: Own;
  nodes: Nodes;
  journals: string;
}

type Wishes<Own extends Store> = Pick<NodesOptions, "config" | "count" | "env"> & {
  start(): Promise<Own>;
  /** Where a node finds it; its own address if absent. */
  redisUrl?(store: Own, node: number): string;
};

export async function inPlace<Own extends Store>(
  { start, redisUrl = ({ url }) => url, ...wishes }: Wishes<Own>,
  play: (place: Place<Own>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-cluster-"));
  const journals = join(folder, "journals");
  const store = await start();
  let nodes: Nodes | undefined;
  try {
    nodes = await startNodes({ ...wishes, folder, redisUrl: (node) => redisUrl(store, node) });
    await play({ store, nodes, journals });
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    console.error(nodes?.logs().slice(-20_000));
    throw new Error(`with SIGNALBOX_SEED=${seed}, journals in ${journals}`, { cause: error });
  } finally {
    await nodes?.stop().catch(() => {});
    await store.stop();
  }
}
