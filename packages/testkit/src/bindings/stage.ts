/** Scenes on a page, and waiting for what they show. */
import type { BindingHarness, Mounted, Part, Scene, SuiteGateway } from "./harness.ts";

/** Long enough for a machine that does much else. */
const withinMs = 60_000;

/** Asks again until it is so; what throws is not so yet. The pause only spares the machine. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    let why = "";
    try {
      if (await isSo()) return;
    } catch (error) {
      why = String(error);
    }
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what} ${why}\n${document.body.innerHTML}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export class Shown {
  readonly #element: HTMLElement;
  readonly #mounted: Mounted;
  readonly #scene: Scene;

  constructor(element: HTMLElement, mounted: Mounted, scene: Scene) {
    this.#element = element;
    this.#mounted = mounted;
    this.#scene = scene;
  }

  update(change: Partial<Scene>): void {
    this.#mounted.update({ ...this.#scene, ...change });
  }

  unmount(): void {
    this.#mounted.unmount();
    this.#element.remove();
  }

  part(kind: Part["kind"]): HTMLElement {
    const found = this.#element.querySelector<HTMLElement>(`[data-part=${kind}]`);
    if (!found) throw new Error(`no ${kind} in ${this.#element.innerHTML}`);
    return found;
  }

  /** An attribute `data-NAME`. */
  says(kind: Part["kind"], name: string): string {
    return this.part(kind).getAttribute(`data-${name}`) ?? "";
  }

  text(kind: Part["kind"]): string {
    return this.part(kind).textContent ?? "";
  }

  items(kind: Part["kind"]): string[] {
    return [...this.part(kind).querySelectorAll("li")].map((item) => item.getAttribute("data-item") ?? "");
  }

  press(kind: Part["kind"], what: string): void {
    const button = this.part(kind).querySelector<HTMLElement>(`[data-do="${what}"]`);
    if (!button) throw new Error(`no button ${what} in ${this.#element.innerHTML}`);
    button.click();
  }
}

export class Stage {
  readonly #harness: BindingHarness;
  readonly #gateway: () => SuiteGateway;
  readonly #shown = new Set<Shown>();

  constructor(harness: BindingHarness, gateway: () => SuiteGateway) {
    this.#harness = harness;
    this.#gateway = gateway;
  }

  show(parts: readonly Part[], how: "once" | "twice" = "once", change: Partial<Scene> = {}): Shown {
    const { url, token } = this.#gateway();
    const scene = { url, token, parts, ...change };
    const element = document.body.appendChild(document.createElement("div"));
    const mount = how === "twice" ? this.#harness.mountTwice : this.#harness.mount;
    if (!mount) throw new Error("mounting twice is for libraries that do");
    const shown = new Shown(element, mount.call(this.#harness, element, scene), scene);
    this.#shown.add(shown);
    return shown;
  }

  /** Drawn by a server first. */
  async serve(parts: readonly Part[]): Promise<{ html: string; shown: Shown; complaints: string[] }> {
    const { url, token } = this.#gateway();
    const scene = { url, token, parts };
    const html = await this.#harness.render(scene);
    const element = document.body.appendChild(document.createElement("div"));
    element.innerHTML = html;
    const mounted = this.#harness.hydrate(element, scene);
    const shown = new Shown(element, mounted, scene);
    this.#shown.add(shown);
    return { html, shown, complaints: mounted.complaints };
  }

  clear(): void {
    for (const shown of this.#shown) shown.unmount();
    this.#shown.clear();
  }
}
