import type { BindingHarness, Mounted, Scene } from "@signalbox/testkit/bindings";
import { type App, createApp, createSSRApp, defineComponent, shallowRef } from "vue";
import { renderToString } from "vue/server-renderer";
import { sceneOf } from "./scene.ts";

function rooted(create: typeof createApp, first: Scene): { app: App; update: (scene: Scene) => void } {
  const scene = shallowRef(first);
  const app = create(defineComponent({ setup: () => () => sceneOf(scene.value) }));
  const update = (next: Scene): void => {
    scene.value = next;
  };
  return { app, update };
}

function mounted(create: typeof createApp, element: HTMLElement, first: Scene, warn?: (text: string) => void): Mounted {
  const { app, update } = rooted(create, first);
  if (warn) app.config.warnHandler = warn;
  app.mount(element);
  return { update, unmount: () => app.unmount() };
}

export const vueHarness: BindingHarness = {
  mount: (element, scene) => mounted(createApp, element, scene),
  render: (scene) => renderToString(rooted(createSSRApp, scene).app),
  hydrate(element, scene) {
    const complaints: string[] = [];
    const made = mounted(createSSRApp, element, scene, (text) => complaints.push(text));
    return { ...made, complaints };
  },
};
