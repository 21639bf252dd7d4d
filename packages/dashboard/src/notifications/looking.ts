/** Tells the gateway whether somebody looks at this page, so that nobody is told elsewhere what they see here (§15.3). */
import type { Client } from "@signalbox/client";
import { presence } from "@signalbox/client/presence";
import { Awake } from "./awake.ts";
import { renew } from "./browser-push.ts";

const touches = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
const lookEveryMs = 15_000;

/** Until the function it returns is called. */
export function tellLooking(client: Client): () => void {
  const awake = new Awake(Date.now());
  const state = () => ({ awake: awake.is(Date.now(), !document.hidden) });
  const here = presence(client, "global", { state: state() });
  const tell = (): void => here.set(state());
  const touched = (): void => {
    awake.touch(Date.now());
    tell();
  };
  const shown = (): void => (document.hidden ? tell() : touched());
  document.addEventListener("visibilitychange", shown);
  for (const type of touches) addEventListener(type, touched, { passive: true });
  const timer = setInterval(tell, lookEveryMs);
  // The gateway has forgotten this browser, or its owner has another token: not this page's concern if it fails.
  renew(client).catch(() => {});
  return () => {
    document.removeEventListener("visibilitychange", shown);
    for (const type of touches) removeEventListener(type, touched);
    clearInterval(timer);
    here.leave();
  };
}
