import type { Readable } from "@signalbox/client";
import { useSyncExternalStore } from "react";

/** Renders again when the state changes; `onServer` is shown by servers, and by browsers until they took over. */
export const useReadable = <State>({ subscribe, snapshot }: Readable<State>, onServer: State): State =>
  useSyncExternalStore(subscribe, snapshot, () => onServer);
