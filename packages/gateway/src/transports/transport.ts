/** What a transport or a surface adds to the gateway; main.ts lists them. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { App } from "../http/app.ts";
import type { Node } from "../node.ts";

export interface Transport {
  readonly name: string;
  /** Adds routes; every request to them has a principal. */
  routes?(app: App, node: Node): void;
  /** Adds routes that look for who asks themselves; Host, Origin and query were checked. */
  openRoutes?(app: App): void;
  /** Paths whose upgrades it takes, and with `FOLDER/*` all below it: Host, Origin and query were checked, the token was not. */
  readonly upgradePaths?: readonly string[];
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer, node: Node): void;
  /** Called once, when everything else works. */
  begin?(node: Node): void;
  /** Called then too, and whenever other nodes came or went: takes up what an earlier run or a node that is gone has left. */
  takeUp?(node: Node): void;
  /** Ends what is still open; clients have been told when to come back. */
  close(): void;
}
