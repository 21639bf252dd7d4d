import type { Readable } from "@signalbox/client";
import { useSyncExternalStore } from "react";

/** Renders again when the state changes. */
export const useReadable = <State>(readable: Readable<State>): State =>
  useSyncExternalStore(readable.subscribe, readable.snapshot);
