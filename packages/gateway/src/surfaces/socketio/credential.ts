/** What a client brings to say who it is: with CONNECT, or with the first request of its connection. Pure. */
import { errorData } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import type { Credential, Found } from "../../auth/credentials.ts";
import { membersIn } from "../members.ts";

const printable = /^[!-~]{1,8192}$/;
const severalRule = "must bring one token or ticket, not several";

/** `found`: in the request. */
export function credentialOf(auth: unknown, found: Found): Credential | { what: "wrong"; error: ErrorData } {
  if (found?.what === "wrong") return found;
  const members = membersIn(auth);
  for (const name of ["token", "ticket"]) {
    const value = members.value(name);
    if (value !== undefined && value !== null && !(typeof value === "string" && printable.test(value))) {
      return { what: "wrong", error: errorData("unauthenticated", `auth.${name} must be a text without spaces`) };
    }
  }
  const [token, ticket] = [members.text("token"), members.text("ticket")];
  const given = new Set([token, ticket, inRequest(found)]);
  given.delete(undefined);
  if (given.size > 1) {
    return {
      what: "wrong",
      error: errorData("invalid_message", `auth ${severalRule}`, { path: "/auth", rule: severalRule }),
    };
  }
  if (ticket !== undefined) return { what: "ticket", ticket };
  if (token !== undefined) return { what: "token", token };
  return found ?? { what: "wrong", error: errorData("unauthenticated", "connect with auth: {token}") };
}

/** A cookie is there by itself, and gives way. */
function inRequest(found: Found): string | undefined {
  if (found?.what === "token") return found.token;
  return found?.what === "ticket" ? found.ticket : undefined;
}
