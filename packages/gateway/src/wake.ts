/** Tenants in which something has a deadline. */
import { isBroker, type Store } from "@signalbox/core";
import { storedTenant, tenantPrefix } from "./stores/names.ts";
import type { Tenants } from "./tenants.ts";

/** Opens them: a deadline is met even if nobody of the tenant comes back. */
export async function wakeTenants(store: Store, tenants: Tenants): Promise<void> {
  if (isBroker(store)) {
    for (const tenant of await store.tenants()) {
      const open = await store.registers({ prefix: tenantPrefix(tenant), after: "", limit: 1, open: true });
      if (open.length > 0) tenants.of({ tenant });
    }
    return;
  }
  for (let after = ""; ; ) {
    const [first] = await store.registers({ prefix: "", after, limit: 1, open: true });
    const tenant = first && storedTenant(first.key);
    // The default tenant's keys come last, and its hub is there.
    if (tenant === undefined) return;
    tenants.of({ tenant });
    after = `${tenantPrefix(tenant)}\x7f`;
  }
}
