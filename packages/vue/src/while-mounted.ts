/** Doing something while a component is mounted, or a scope of its own lasts; never on a server. */
import { getCurrentInstance, getCurrentScope, onMounted, onScopeDispose } from "vue";

export const inBrowser = (): boolean => typeof window !== "undefined";

/** `begin` returns what ends it. A component begins once it is mounted, so that it first shows what the server did. */
export function whileMounted(begin: () => () => void): void {
  if (!getCurrentScope()) throw new Error("Call it in setup(), or in an effectScope().");
  let end: (() => void) | undefined;
  let over = false;
  const start = (): void => {
    if (!over) end = begin();
  };
  onScopeDispose(() => {
    over = true;
    end?.();
  });
  if (getCurrentInstance()) onMounted(start);
  else if (inBrowser()) start();
}
