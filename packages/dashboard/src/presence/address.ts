/** Where somebody looks, as they publish it: parsed, and taken only if it is a view of this application. */

export interface Address {
  /** Of a view: `/agents/coder-001`. */
  path: string;
  /** With its `?`, or empty. */
  search: string;
}

const lengthAtMost = 1_000;
/** A name that parses to itself; what it is called does not matter. */
const here = "http://here.invalid";

/** `routes` are the paths of the views: `/agents/$id`. Anything that leads elsewhere is nothing. */
export function checkAddress(given: unknown, routes: readonly string[]): Address | undefined {
  if (typeof given !== "string" || given.length > lengthAtMost || !given.startsWith("/")) return undefined;
  // Browsers take `/\host` and `//host` for another host, and leave out tabs and line breaks.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  if (/^\/[/\\]|[\u0000-\u0020\u007f\\]/.test(given)) return undefined;
  const url = URL.parse(given, here);
  if (url?.origin !== here || url.hash !== "" || url.username !== "") return undefined;
  // Nothing in it was resolved: what stands there is where it leads.
  if (url.pathname + url.search !== given) return undefined;
  return routes.some((route) => fits(url.pathname, route)) ? { path: url.pathname, search: url.search } : undefined;
}

/** `$name` stands for one part that is not empty. */
function fits(path: string, route: string): boolean {
  const parts = path.replace(/(.)\/$/, "$1").split("/");
  const wanted = route.replace(/(.)\/$/, "$1").split("/");
  return (
    parts.length === wanted.length &&
    wanted.every((want, at) => (want.startsWith("$") ? parts[at] !== "" : want === parts[at]))
  );
}

/** `Agent coder-001`, `Process p1, line 120`, `Approvals`. */
export function viewWords({ path, search }: Address): string {
  const [, view = "", ...rest] = path.split("/");
  const id = decoded(rest.join("/"));
  const params = new URLSearchParams(search);
  const line = params.get("line");
  const more = [line && `line ${line}`, params.get("at") && "in the past"].filter(Boolean);
  const name = view === "" ? "Fleet" : id === "" ? capital(view.replaceAll("-", " ")) : `${one(view)} ${id}`;
  return [name, ...more].join(", ");
}

const singular: Readonly<Record<string, string>> = Object.assign(Object.create(null), { processes: "Process" });

const one = (view: string): string => singular[view] ?? capital(view.replace(/s$/, ""));
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
