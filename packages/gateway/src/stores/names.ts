/** Names of channels as stores keep them: those of a tenant are `!TENANT!` and the name; `!` is in no channel and no tenant. */
import { namespaceOf } from "@signalbox/protocol";

/** Put before a tenant's names; empty for the default tenant. */
export const tenantPrefix = (tenant: string | undefined): string => (tenant === undefined ? "" : `!${tenant}!`);

/** Sorts behind every name with a prefix, and before every name without. */
export const afterTenants = '"';

const mark = "!";

/** `undefined` for the default tenant. */
export function storedTenant(name: string): string | undefined {
  return name.startsWith(mark) ? name.slice(1, name.indexOf(mark, 1)) : undefined;
}

/** The namespace of a kept name, whoever's it is. */
export function storedNamespace(name: string): string {
  return namespaceOf(plainName(name));
}

/** Without its tenant. */
export const plainName = (name: string): string =>
  name.startsWith(mark) ? name.slice(name.indexOf(mark, 1) + 1) : name;
