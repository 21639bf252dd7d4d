import type { BindingHarness, Mounted, Scene } from "@signalbox/testkit/bindings";
import { StrictMode } from "react";
import { flushSync } from "react-dom";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { SceneOf } from "./scene.tsx";

const mounted = (root: Root): Mounted => ({
  update: (scene) => flushSync(() => root.render(<SceneOf {...scene} />)),
  unmount: () => root.unmount(),
});

const draw = (root: Root, scene: Scene): Mounted => {
  const made = mounted(root);
  made.update(scene);
  return made;
};

export const reactHarness: BindingHarness = {
  mount: (element, scene) => draw(createRoot(element), scene),
  render: async (scene) => renderToString(<SceneOf {...scene} />),
  hydrate(element, scene) {
    const complaints: string[] = [];
    const onRecoverableError = (error: unknown): void => {
      complaints.push(String(error));
    };
    const root = hydrateRoot(element, <SceneOf {...scene} />, { onRecoverableError });
    return { ...mounted(root), complaints };
  },
  mountTwice(element, scene) {
    const root = createRoot(element);
    const update = (next: Scene): void =>
      flushSync(() =>
        root.render(
          <StrictMode>
            <SceneOf {...next} />
          </StrictMode>,
        ),
      );
    update(scene);
    return { update, unmount: () => root.unmount() };
  },
};
