/** What a binding's test file gives to the suite. */

/** A component to be shown; each says what it has as attributes and text, the same in every library. */
export type Part =
  /** `useChannel`: `data-status`, `data-error`; a `li` with the number `n` of each event's data. */
  | { kind: "log"; channel: string; last?: number }
  /** `useSnapshot`: `data-status`; the state as JSON. */
  | { kind: "state"; channel: string }
  /** `useConnection`: `data-state`, `data-reason`. */
  | { kind: "link" }
  /** `useCommand`: a button that gives `pause`, one that takes it back; `data-state` of the newest command. */
  | { kind: "desk"; target: string }
  /** `useApprovals`: `data-status`; a `li` with a checkpoint's id and a button that approves; `data-ended`. */
  | { kind: "approvals"; pattern: string }
  /** `usePresence`: `data-status`; the names of the members, joined by commas. */
  | { kind: "here"; channel: string; name: string; view: string };

/** A provider with parts in it, each in a `section` with its kind as `data-part`. */
export interface Scene {
  url: string;
  token: string;
  parts: readonly Part[];
}

export interface Mounted {
  update(scene: Scene): void;
  unmount(): void;
}

export interface BindingHarness {
  mount(element: HTMLElement, scene: Scene): Mounted;
  /** The scene as a server draws it. */
  render(scene: Scene): Promise<string>;
  /** Draws over what a server drew; returns what the library complained of. */
  hydrate(element: HTMLElement, scene: Scene): Mounted & { complaints: string[] };
  /** The same with every component mounted twice, where the library has such a mode. */
  mountTwice?(element: HTMLElement, scene: Scene): Mounted;
}

/** The part of a gateway in a process of its own that is needed. */
export interface SuiteGateway {
  readonly url: string;
  readonly token: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}
