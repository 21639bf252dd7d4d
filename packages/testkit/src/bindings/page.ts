/** A page without a browser, for libraries that draw into one. Requests and WebSockets stay Node's own. */
import { Window } from "happy-dom";

const taken = [
  ...["document", "navigator", "location", "Node", "Element", "HTMLElement", "SVGElement", "Text", "Comment"],
  ...["HTMLInputElement", "HTMLIFrameElement", "ShadowRoot", "MathMLElement"],
];

/** Call it before the library is imported: they look once whether there is a page. Returns what ends the page. */
export async function openPage(): Promise<() => Promise<void>> {
  const window = new Window({ url: "http://127.0.0.1/" });
  const set = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  const had = Object.getOwnPropertyDescriptors(globalThis);
  const names = ["window", ...taken, "addEventListener", "removeEventListener"];
  set("window", window);
  for (const name of taken) set(name, Reflect.get(window, name));
  set("addEventListener", window.addEventListener.bind(window));
  set("removeEventListener", window.removeEventListener.bind(window));
  return async () => {
    await window.happyDOM.close();
    for (const name of names) {
      const before = Reflect.get(had, name);
      if (before) Object.defineProperty(globalThis, name, before);
      else Reflect.deleteProperty(globalThis, name);
    }
  };
}
