/** Keys and revocations over HTTP: made, listed and revoked by who administers the tenant (spec §18). */
import { defaultRoles, type HideRule, type Principal, type RoleTable } from "@signalbox/core";
import Type from "typebox";
import type { KeyDesk, KeyInfo, NewKey } from "../../auth/key-desk.ts";
import type { Revocations } from "../../auth/revocations.ts";
import type { Node } from "../../node.ts";
import { addressOf } from "../address.ts";
import { administer } from "../administer.ts";
import type { App } from "../app.ts";
import { broken, refused } from "../errors.ts";
import { answers } from "../schemas.ts";
import { membersOf } from "../steering.ts";

export interface KeptAccess {
  keys: KeyDesk;
  revocations: Revocations;
  roles: RoleTable;
  hide: readonly HideRule[];
}

const time = Type.Integer({ description: "Milliseconds since 1970." });

const keySchema = Type.Object({
  id: Type.String(),
  prefix: Type.String({ description: "How its token begins." }),
  name: Type.String(),
  subject: Type.String({ description: "Whom it speaks for." }),
  kind: Type.String(),
  roles: Type.Array(Type.String()),
  capabilities: Type.Array(Type.Unknown({ description: "{channels, verbs, commands?}" })),
  agentId: Type.Optional(Type.String()),
  createdAtMs: time,
  expiresAtMs: Type.Optional(time),
  revokedAtMs: Type.Optional(time),
});

const revocationSchema = Type.Object({ kind: Type.String(), id: Type.String(), atMs: time, untilMs: time });

/** What may be said of a new key: whom it speaks for, and its tenant, are not the maker's to choose. */
const members: ReadonlySet<string> = new Set(["name", "role", "capabilities", "agentId", "expiresAtMs"]);
const kinds = ["user", "agent", "service"] as const;

export function keyRoutes(app: App, node: Node, { keys, revocations, roles, hide }: KeptAccess): void {
  const { audit } = node;
  const ofTenant = ({ tenant }: Principal): KeyInfo[] => keys.list().filter((key) => key.tenant === tenant);

  app.get(
    "/v1/keys",
    {
      schema: {
        summary: "API keys, without their secrets",
        description:
          "Those of the asker's tenant, oldest first; those that ended stay for 90 days. Takes the right admin on all channels.",
        response: answers(Type.Object({ keys: Type.Array(keySchema), roles: Type.Array(Type.String()) })),
      },
    },
    async ({ principal }) => {
      administer(principal);
      const given = [...Object.keys(defaultRoles), ...Object.keys(roles)];
      return { keys: ofTenant(principal), roles: [...new Set(given)] };
    },
  );

  app.post(
    "/v1/keys",
    {
      schema: {
        summary: "Makes an API key; its token is in this answer only",
        body: Type.Object({
          name: Type.String({ description: "What people call it: 1 to 100 characters." }),
          role: Type.Optional(Type.Unknown({ description: "The name of a role, or a list of them." })),
          capabilities: Type.Optional(Type.Array(Type.Unknown({ description: "{channels, verbs, commands?}" }))),
          agentId: Type.Optional(Type.String({ description: "The only agent it may speak as." })),
          expiresAtMs: Type.Optional(time),
        }),
        response: answers(Type.Object({ token: Type.String(), key: keySchema })),
      },
    },
    async (request, reply) => {
      const { principal, raw } = request;
      administer(principal);
      const wanted = readWanted(membersOf(request, node));
      mayGive(principal, wanted.role, { roles, hide });
      const { tenant } = principal;
      try {
        const made = await keys.create({ ...wanted, ...(tenant === undefined ? {} : { tenant }) });
        const { name, roles: given, capabilities, agentId, expiresAtMs } = made.key;
        audit.did(principal, addressOf(raw, node), {
          ...{ what: "key_made", target: `key:${made.key.id}`, result: "ok" },
          details: {
            ...{ name, roles: given },
            capabilities: capabilities.slice(0, 16),
            ...(agentId === undefined ? {} : { agentId }),
            ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
          },
        });
        return await reply.code(201).header("cache-control", "no-store").send(made);
      } catch (error) {
        if (error instanceof RangeError) throw broken("", error.message);
        throw error;
      }
    },
  );

  app.delete(
    "/v1/keys/:id",
    {
      schema: {
        summary: "Revokes an API key: whoever is connected with it is cut off within a second",
        params: Type.Object({ id: Type.String() }),
        response: answers(keySchema),
      },
    },
    async (request) => {
      const { principal, raw } = request;
      administer(principal);
      const { id } = request.params;
      const find = (): KeyInfo | undefined => ofTenant(principal).find((key) => key.id === id);
      if (find() === undefined) throw refused("not_found", "there is no such key");
      if (await keys.revoke(id)) {
        audit.did(principal, addressOf(raw, node), { what: "key_revoked", target: `key:${id}`, result: "ok" });
      }
      return find();
    },
  );

  app.get(
    "/v1/revocations",
    {
      schema: {
        summary: "Principals whose tokens are refused",
        description: "Those of the asker's tenant. Takes the right admin on all channels.",
        response: answers(Type.Object({ revocations: Type.Array(revocationSchema) })),
      },
    },
    async ({ principal }) => {
      administer(principal);
      const all = revocations.list().flatMap((one) => {
        if (one.what !== "subject" || one.tenant !== principal.tenant) return [];
        const { kind, id, atMs, untilMs } = one;
        return [{ kind, id, atMs, untilMs }];
      });
      return { revocations: all };
    },
  );

  app.post(
    "/v1/revocations",
    {
      schema: {
        summary: "Refuses every token of somebody that was made until now",
        body: Type.Object({ kind: Type.Enum([...kinds]), id: Type.String() }),
        response: answers(Type.Object({ kind: Type.String(), id: Type.String() })),
      },
    },
    async (request) => {
      const { principal, raw } = request;
      administer(principal);
      const subject = readSubject(membersOf(request, node));
      if (subject.kind === principal.kind && subject.id === principal.id) {
        throw refused("forbidden", "this would cut off who asks");
      }
      await revocations.revoke({ what: "subject", ...subject, ...tenantOf(principal) });
      const target = `${subject.kind}:${subject.id}`;
      audit.did(principal, addressOf(raw, node), { what: "principal_revoked", target, result: "ok" });
      return subject;
    },
  );

  app.delete(
    "/v1/revocations/:kind/:id",
    {
      schema: {
        summary: "Lets somebody in again",
        params: Type.Object({ kind: Type.String(), id: Type.String() }),
        response: answers(Type.Object({ kind: Type.String(), id: Type.String() })),
      },
    },
    async (request) => {
      const { principal, raw } = request;
      administer(principal);
      const subject = readSubject(request.params);
      if (!(await revocations.lift({ what: "subject", ...subject, ...tenantOf(principal) }))) {
        throw refused("not_found", "nobody of this name is refused");
      }
      const target = `${subject.kind}:${subject.id}`;
      audit.did(principal, addressOf(raw, node), { what: "principal_restored", target, result: "ok" });
      return subject;
    },
  );
}

const tenantOf = ({ tenant }: Principal): { tenant?: string } => (tenant === undefined ? {} : { tenant });

/** What is in it is checked where keys are made. */
function readWanted(body: Readonly<Record<string, unknown>>): NewKey {
  const unknown = Object.keys(body).find((name) => !members.has(name));
  if (unknown !== undefined) throw broken(`/${unknown.slice(0, 40)}`, "is not for keys that are made here");
  const { name, expiresAtMs } = body;
  if (typeof name !== "string") throw broken("/name", "is required");
  if (expiresAtMs !== undefined && !Number.isSafeInteger(expiresAtMs)) throw broken("/expiresAtMs", "must be a time");
  if (isEmpty(body.role) && isEmpty(body.capabilities))
    throw broken("/role", "or capabilities must say what it may do");
  return body as unknown as NewKey;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

function readSubject({ kind, id }: Readonly<Record<string, unknown>>): { kind: (typeof kinds)[number]; id: string } {
  const known = kinds.find((one) => one === kind);
  if (known === undefined) throw broken("/kind", "must be user, agent or service");
  if (typeof id !== "string" || id === "" || id.length > 255) throw broken("/id", "must be 1 to 255 characters");
  return { kind: known, id };
}

/**
 * Who administers a tenant has every right in it. A role can be more than rights: hidden members are shown to it, and checkpoints
 * ask for it by name. So a role that is not among those everybody may be given has to be the maker's own.
 */
function mayGive(
  { roles: own }: Pick<Principal, "roles">,
  wanted: NewKey["role"],
  { roles, hide }: Pick<KeptAccess, "roles" | "hide">,
): void {
  for (const role of [wanted ?? []].flat()) {
    if (own.includes(role)) continue;
    const isKnown = Object.hasOwn(defaultRoles, role) || Object.hasOwn(roles, role);
    const shows = hide.some(({ unless }) => unless.includes(role));
    if (isKnown && !shows) continue;
    const why = shows ? "it sees what this token does not" : "no role of this name is configured";
    throw refused("forbidden", `the role ${role.slice(0, 64)} is not yours to give: ${why}`);
  }
}
