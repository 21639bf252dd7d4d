/** What the claims of a token must be, decided without a line of the gateway's. */
import { isChannelByRule, isPatternByRule } from "./names.ts";

export interface IssuerRules {
  issuer: string;
  audience: readonly string[];
  leewayS: number;
  tenants: readonly string[];
  subjectPrefix: string;
}

const inside = (characters: string, text: string): boolean => [...text].every((one) => characters.includes(one));
const small = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const verbs = ["subscribe", "publish", "history", "presence", "command", "approve", "admin"];

export function claimsByRule(claims: unknown, rules: IssuerRules, nowS: number): boolean {
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) return false;
  const of = (name: string): unknown => (Object.keys(claims).includes(name) ? Reflect.get(claims, name) : undefined);
  const absent = (name: string): boolean => !Object.keys(claims).includes(name);
  const [exp, iat, nbf, jti, aud] = ["exp", "iat", "nbf", "jti", "aud"].map(of);
  if (of("iss") !== rules.issuer) return false;
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length > 64 || !audiences.every((one) => typeof one === "string")) return false;
  if (!audiences.some((one) => rules.audience.some((ours) => ours === one))) return false;
  if (!isTime(exp) || !isTime(iat) || exp <= iat) return false;
  if (exp + rules.leewayS <= nowS || iat - rules.leewayS > nowS) return false;
  if (!absent("nbf") && !(isTime(nbf) && nbf - rules.leewayS <= nowS)) return false;
  if (!absent("jti") && !(typeof jti === "string" && jti !== "" && jti.length <= 256)) return false;
  const grant = absent("signalbox") ? {} : of("signalbox");
  return grantByRule(grant, of("sub"), rules);
}

/** Until the end of the year 9999. */
const isTime = (value: unknown): value is number => typeof value === "number" && value >= 0 && value < 253_402_300_800;

function grantByRule(grant: unknown, sub: unknown, { tenants, subjectPrefix }: IssuerRules): boolean {
  if (typeof grant !== "object" || grant === null || Array.isArray(grant)) return false;
  for (const [name, value] of Object.entries(grant)) {
    if (name === "role" && isRoles(value)) continue;
    if (name === "capabilities" && isCapabilities(value)) continue;
    if (name === "tenant" && tenants.some((one) => one === value)) continue;
    if (name === "kind" && ["user", "agent", "service"].some((one) => one === value)) continue;
    if (name === "agentId" && isAgentId(value)) continue;
    return false;
  }
  const isSubject =
    typeof sub === "string" &&
    sub.length >= 1 &&
    sub.length <= 255 &&
    [...sub].every((one) => one >= " " && one <= "~") &&
    !sub.startsWith(" ") &&
    !sub.endsWith(" ");
  const { kind, agentId }: { kind?: unknown; agentId?: unknown } = grant;
  return isSubject && (kind !== "agent" || agentId !== undefined || isAgentId(subjectPrefix + sub));
}

function isRoles(value: unknown): boolean {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  const isRole = (one: unknown): boolean =>
    typeof one === "string" &&
    one.length >= 1 &&
    one.length <= 64 &&
    small.includes(one.charAt(0)) &&
    inside(`${small}${digits}_-`, one);
  return all.length <= 16 && all.every(isRole);
}

function isCapabilities(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > 256) return false;
  return value.every((one: unknown) => {
    if (typeof one !== "object" || one === null || Object.keys(one).sort().join() !== "channels,verbs") return false;
    const { channels, verbs: named }: { channels?: unknown; verbs?: unknown } = one;
    const isName = typeof channels === "string" && (isChannelByRule(channels) || isPatternByRule(channels));
    return isName && Array.isArray(named) && named.every((verb) => verbs.includes(verb));
  });
}

const isAgentId = (value: unknown): boolean =>
  typeof value === "string" &&
  value.length <= 150 &&
  isChannelByRule(`agent:${value}`) &&
  !value.startsWith("/") &&
  !value.endsWith("/");
