/** What a verified token, a kept key or an application says that somebody may do. Read strictly: half a grant is none. */
import { type Capability, type Identity, readCapabilities } from "@signalbox/core";
import { isChannel, isPattern } from "@signalbox/protocol";
import { tenantPattern } from "../config/auth.ts";

export interface Grant {
  kind?: Identity["kind"];
  roles: string[];
  capabilities: Capability[];
  tenant?: string;
  agentId?: string;
}

/** Which tenants a source of identities may speak for. */
export interface TenantRule {
  tenant?: string;
  tenants?: "any" | readonly string[];
}

const isTenant = new RegExp(tenantPattern);
const isRole = /^[a-z][a-z0-9_-]{0,63}$/;
/** The name of an agent's channel without `agent:`, and room for what it starts below. */
const isAgent = /^(?!\/)[A-Za-z0-9._~:/@+=,-]{1,150}(?<!\/)$/;
/** An id that can be printed, and stands in logs and addresses without being taken for something else. */
const isSubject = /^[!-~](?:[ -~]{0,253}[!-~])?$/;
const rolesLimit = 16;

const isChannels = (text: unknown): text is string => isChannel(text) || isPattern(text);

/** `{role, capabilities, tenant, kind, agentId}`, each optional; a text that says what is wrong otherwise. */
export function readGrant(value: unknown): Grant | string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "must be an object";
  const grant: Grant = { roles: [], capabilities: [] };
  for (const [name, member] of Object.entries(value) as Array<[string, unknown]>) {
    const wrong = readMember(grant, name, member);
    if (wrong !== undefined) return wrong;
  }
  return grant;
}

/** A member nobody reads may be a limit somebody relies on: it is refused. */
function readMember(grant: Grant, name: string, value: unknown): string | undefined {
  switch (name) {
    case "role": {
      const roles: unknown[] = Array.isArray(value) ? value : [value];
      const names = roles.filter((role): role is string => typeof role === "string" && isRole.test(role));
      if (names.length !== roles.length || names.length > rolesLimit)
        return "role must be a role's name, or a list of them";
      grant.roles = names;
      return undefined;
    }
    case "capabilities": {
      const capabilities = readCapabilities(value, isChannels);
      if (capabilities === undefined) return "capabilities must be a list of {channels, verbs}";
      grant.capabilities = capabilities;
      return undefined;
    }
    case "tenant":
      if (typeof value !== "string" || !isTenant.test(value)) return `tenant must match ${tenantPattern}`;
      grant.tenant = value;
      return undefined;
    case "kind":
      if (value !== "user" && value !== "agent" && value !== "service") return "kind must be user, agent or service";
      grant.kind = value;
      return undefined;
    case "agentId":
      if (typeof value !== "string" || !isAgent.test(value)) return "agentId must be a name that a channel can have";
      grant.agentId = value;
      return undefined;
    default:
      return `${JSON.stringify(name.slice(0, 40))} is not known`;
  }
}

/**
 * The identity that a grant makes of a subject; a text that says what is wrong otherwise. An agent without an `agentId`
 * is the agent of its own name.
 */
export function identityOf(
  subject: unknown,
  { roles, capabilities, ...grant }: Grant,
  rule: TenantRule & { subjectPrefix?: string },
): Identity | string {
  if (typeof subject !== "string" || !isSubject.test(subject))
    return "the subject must be 1 to 255 printable characters";
  const tenant = rule.tenant ?? grant.tenant;
  if (grant.tenant !== undefined && !mayName(grant.tenant, rule)) return "it names a tenant it may not speak for";
  const kind = grant.kind ?? (grant.agentId === undefined ? "user" : "agent");
  const id = `${rule.subjectPrefix ?? ""}${subject}`;
  const agentId = grant.agentId ?? (kind === "agent" ? id : undefined);
  if (agentId !== undefined && !isAgent.test(agentId)) return "an agent's id must be a name that a channel can have";
  return {
    kind,
    id,
    ...(tenant === undefined ? {} : { tenant }),
    roles,
    capabilities,
    ...(agentId === undefined ? {} : { agentId }),
  };
}

function mayName(named: string, { tenant, tenants }: TenantRule): boolean {
  if (tenant !== undefined) return named === tenant;
  return tenants === "any" || tenants?.includes(named) === true;
}
