/** The type of a CloudEvent as one of ours: `com.example.agent.status` and `AgentStatus` both become `agent_status`. */

/** Names that begin like this are reversed host names: their first two segments say whose type it is, not which. */
const topLevelDomain =
  /^(com|org|net|io|dev|ai|app|co|edu|gov|info|cloud|at|au|br|ca|ch|cn|de|dk|es|eu|fi|fr|in|it|jp|nl|no|pl|se|uk|us)$/;
const typeLength = 64;

export function typeName(type: string): string {
  const all = type
    .split(/[./]/)
    .map(snakeCase)
    .filter((segment) => segment !== "");
  const reversed = all.length > 2 && topLevelDomain.test(all[0] ?? "");
  const segments = reversed ? all.slice(2) : all;
  // What tells most stands last.
  while (segments.length > 1 && segments.join("_").length > typeLength) segments.shift();
  const name = segments.join("_").slice(0, typeLength).replace(/_+$/, "");
  return /^[a-z]/.test(name) ? name : `event_${name}`.slice(0, typeLength).replace(/_+$/, "");
}

const snakeCase = (text: string): string =>
  text
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
