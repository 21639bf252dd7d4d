/** How people call it: what runs where. */
export function browserLabel(agent: string): string {
  const browser =
    ["Edg", "OPR", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(`${name}/`)) ?? "A browser";
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera" };
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux"].find((name) => agent.includes(name));
  const on = system === undefined ? "" : ` on ${system === "Mac OS X" ? "macOS" : system}`;
  return (names[browser] ?? browser) + on;
}
