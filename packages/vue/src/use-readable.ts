import type { Readable } from "@signalbox/client";
import { type ComputedRef, computed, type ShallowRef, shallowRef, watch } from "vue";
import { whileMounted } from "./while-mounted.ts";

/** The state as a ref, of whichever store `source` gives now. */
export function useReadable<State>(source: () => Readable<State>, nothingYet: State): Readonly<ShallowRef<State>> {
  const shown = shallowRef(nothingYet);
  whileMounted(() =>
    watch(
      source,
      (readable, _, onCleanup) => {
        const look = (): void => {
          shown.value = readable.snapshot();
        };
        onCleanup(readable.subscribe(look));
        look();
      },
      { immediate: true },
    ),
  );
  return shown;
}

export type Refs<View> = { readonly [Name in keyof View]-?: ComputedRef<View[Name]> };

/** Each member as a ref of its own. */
export function refsOf<View extends object>(view: Readonly<ShallowRef<View>>): Refs<View> {
  const names = Object.keys(view.value) as Array<keyof View>;
  return Object.fromEntries(names.map((name) => [name, computed(() => view.value[name])])) as unknown as Refs<View>;
}
