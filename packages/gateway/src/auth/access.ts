/** Who may come in, by whatever way, and with which rights. */
import type { IncomingMessage } from "node:http";
import {
  type Done,
  defaultRoles,
  type Failure,
  hasFailed,
  type Identity,
  type Principal,
  principalOf,
  type RoleTable,
  rightsOf,
} from "@signalbox/core";
import { type Credential, type Found, findCredential } from "./credentials.ts";
import type { Caller, IdentityAuthenticator } from "./identity-authenticator.ts";

interface Issued {
  ticket: string;
  expiresInMs: number;
}

/** Single-use ways in. `page`: the origin of the page that a ticket is for. */
interface TicketDesk {
  issue(identity: Identity, page: string | undefined, done: Done<Issued>): void;
  redeem(ticket: string, page: string | undefined, done: Done<{ identity: Identity | undefined }>): void;
}

interface CookieReader extends IdentityAuthenticator {
  tokenIn(cookieHeader: string | undefined): string | undefined;
}

interface AccessOptions {
  /** Decides about tokens. */
  tokens: IdentityAuthenticator;
  tickets: TicketDesk;
  cookie: CookieReader | undefined;
  queryToken: boolean;
  roles: RoleTable;
  namespaces: readonly string[];
  isRevoked(identity: Identity): boolean;
  /** Hears of everybody who is not let in. */
  onRefused?: (failure: Failure, address: string | undefined) => void;
}

/** Compiled rights kept, by what they were compiled from. */
const compiledKept = 1_000;

export class Access {
  readonly #options: AccessOptions;
  readonly #roles: RoleTable;
  /** Seen first comes first. */
  readonly #compiled = new Map<string, Principal>();

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#roles = { ...defaultRoles, ...options.roles };
  }

  find(request: IncomingMessage): Found {
    const { cookie, queryToken } = this.#options;
    return findCredential(request, { queryToken, cookie: cookie && ((header) => cookie.tokenIn(header)) });
  }

  /** `page`: the origin of the page that asks, for tickets. */
  admit(credential: Credential, caller: Caller & { page: string | undefined }, done: Done<Principal>): void {
    if (credential.what === "token") this.authenticate(credential.token, caller.address, done);
    else this.#admit(credential, caller, this.#heard(caller.address, done));
  }

  #admit(
    credential: Exclude<Credential, { what: "token" }>,
    caller: Caller & { page: string | undefined },
    done: Done<Principal>,
  ): void {
    switch (credential.what) {
      case "ticket":
        this.#options.tickets.redeem(credential.ticket, caller.page, (answer) => {
          if (hasFailed(answer)) done(answer);
          else if (answer.identity === undefined || this.#options.isRevoked(answer.identity)) done(badTicket);
          else done(this.#principal(answer.identity));
        });
        return;
      case "cookie": {
        const { cookie, isRevoked } = this.#options;
        if (cookie === undefined) done(badCookie);
        else
          cookie.authenticate(credential.value, (answer) => {
            if (hasFailed(answer)) done(answer);
            else done(isRevoked(answer) ? badCookie : this.#principal(answer));
          });
      }
    }
  }

  authenticate(token: string, address: string | undefined, done: Done<Principal>): void {
    const heard = this.#heard(address, done);
    this.#options.tokens.authenticate(
      token,
      (answer) => heard(hasFailed(answer) ? answer : this.#principal(answer)),
      address === undefined ? {} : { address },
    );
  }

  #heard(address: string | undefined, done: Done<Principal>): Done<Principal> {
    return (answer) => {
      if (hasFailed(answer)) this.#options.onRefused?.(answer, address);
      done(answer);
    };
  }

  ticketFor(principal: Principal, page: string | undefined, done: Done<Issued>): void {
    // Rights are compiled anew from what they follow from.
    const { rights: _rights, key: _key, ...identity } = principal;
    this.#options.tickets.issue(identity, page, done);
  }

  /** Somebody who is not here, with the rights of now; `undefined`: they were taken away. */
  present(identity: Identity): Principal | undefined {
    return this.#options.isRevoked(identity) ? undefined : this.#principal(identity);
  }

  isRevoked(principal: Principal): boolean {
    return this.#options.isRevoked(principal);
  }

  /** Rights are compiled once for identities that are the same but for their token. */
  #principal(identity: Identity): Principal {
    const { kind, id, tenant, roles, capabilities, agentId } = identity;
    const from = JSON.stringify([kind, id, tenant, roles, capabilities, agentId]);
    let known = this.#compiled.get(from);
    if (known === undefined) {
      known = principalOf(identity, rightsOf(identity, this.#roles, this.#options.namespaces));
      if (this.#compiled.size >= compiledKept) this.#compiled.clear();
      this.#compiled.set(from, known);
    }
    return { ...identity, rights: known.rights, key: known.key };
  }
}

const badTicket = {
  failed: "unauthenticated",
  message: "this ticket is unknown, used, over, or of another page",
} as const;
const badCookie = { failed: "unauthenticated", message: "this session is not known" } as const;
