/** Sessions as the VS Code document has them: /orchestrate/… and /ws/session/{id} (S§2). */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { errorData, forbidden, type Hub, type Principal } from "@signalbox/core";
import { guard } from "../../guard.ts";
import { addressOf } from "../../http/address.ts";
import type { App } from "../../http/app.ts";
import { Refused } from "../../http/errors.ts";
import { pathOf, refuseUpgrade } from "../../http/upgrades.ts";
import type { Node } from "../../node.ts";
import type { Tenant } from "../../tenants.ts";
import type { Transport } from "../../transports/transport.ts";
import { JsonSockets } from "../json-sockets.ts";
import { nameInPath } from "../path.ts";
import { Connection } from "./connection.ts";
import { findStatus, sessionRoutes } from "./routes.ts";
import { Sessions } from "./sessions.ts";

const folder = "/ws/session/";

export class OrchestrateSurface implements Transport {
  readonly name = "sessions";
  readonly upgradePaths = [`${folder}*`];
  readonly #node: Node;
  readonly #defaultRecipe: string | undefined;
  readonly #sockets: JsonSockets;
  readonly #sessions = new Map<Hub, Sessions>();

  /** `recipe`: of agents for which no runner has one of their own name. */
  constructor(node: Node, { recipe }: { recipe: string | undefined }) {
    this.#node = node;
    this.#defaultRecipe = recipe;
    this.#sockets = new JsonSockets({ name: this.name, protocol: "signalbox.session.v1", node });
    node.sweep.add(() => this.#tick());
  }

  routes(app: App, node: Node): void {
    sessionRoutes(app, node, (principal) => this.#of(node.tenants.of(principal)));
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, node: Node): void {
    const sessionId = nameInPath(pathOf(request), folder);
    this.#sockets.admit(request, socket, (principal) => {
      this.#find(principal, sessionId, node).then(
        (found) => {
          const open = (id: string): void => this.#open(request, head, principal, id);
          if (found === undefined) refuseUpgrade(socket, errorData("not_found", "there is no such session"));
          else
            guard(
              node.log,
              "in an upgrade",
              () => open(found),
              () => socket.destroy(),
            );
        },
        (error: unknown) => {
          if (!(error instanceof Refused)) node.log.error({ err: error }, "a fault in an upgrade");
          refuseUpgrade(
            socket,
            error instanceof Refused ? error.error : errorData("internal", "the gateway made a mistake"),
          );
        },
      );
    });
  }

  /** Sessions that were at work when the gateway ended go on. */
  takeUp(node: Node): void {
    for (const tenant of node.tenants.all()) {
      this.#of(tenant)
        .recover()
        .catch((error: unknown) => node.log.error({ err: error }, "sessions could not be taken up again"));
    }
  }

  close(): void {
    this.#sockets.close();
    for (const sessions of this.#sessions.values()) sessions.end();
    this.#sessions.clear();
  }

  #of(tenant: Tenant): Sessions {
    const known = this.#sessions.get(tenant.hub);
    if (known !== undefined) return known;
    const sessions = new Sessions(this.#node, tenant, this.#defaultRecipe);
    this.#sessions.set(tenant.hub, sessions);
    return sessions;
  }

  #tick(): void {
    for (const [hub, sessions] of this.#sessions) {
      if (sessions.isIdle) this.#sessions.delete(hub);
      else sessions.tick();
    }
  }

  /** The id of a session that is there and that may be followed. */
  async #find(principal: Principal, sessionId: string | undefined, node: Node): Promise<string | undefined> {
    if (sessionId === undefined || !principal.rights.may("subscribe", `session:${sessionId}`)) return undefined;
    return (await findStatus(node, principal, sessionId)) === undefined ? undefined : sessionId;
  }

  #open(request: IncomingMessage, head: Buffer, principal: Principal, sessionId: string): void {
    const node = this.#node;
    const address = addressOf(request, node);
    const stop = async (who: Principal): Promise<boolean> => {
      if (!who.rights.mayCommand(`session:${sessionId}`, "stop")) {
        throw new Refused(forbidden("command", `session:${sessionId}`));
      }
      return this.#of(node.tenants.of(who)).stop(sessionId, { principal: who, address });
    };
    this.#sockets.open(
      request,
      head,
      (socket) => new Connection({ socket, node, principal, address, sessionId, stop }),
    );
  }
}
