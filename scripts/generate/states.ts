/** packages/core/src/reducers → docs/reference/states.md: each reducer's channels, events, shape and an example it made itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultNamespaces } from "@signalbox/core";
import {
  agentReducer,
  alertsReducer,
  executionReducer,
  globalReducer,
  memoryReducer,
  processReducer,
  type Reducer,
  repoReducer,
  sessionReducer,
  tddReducer,
  workflowReducer,
} from "@signalbox/core/reducers";
import { catalogue } from "@signalbox/protocol/schemas";
import { root } from "../repository.ts";
import { table } from "./table.ts";

const folder = "packages/core/src/reducers";
const startMs = 1_703_775_000_000;

interface Section {
  name: string;
  version: number;
  summary: string;
  channels: string;
  shape: string;
  events: readonly string[];
  example: string;
}

const sourceOf = (file: string): string => readFileSync(join(root, folder, `${file}.ts`), "utf8");

const comment = "(?:/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?";
const shape = new RegExp(`^${comment}(?:(?:export )?interface [\\s\\S]*?^}|export type \\w+ =[\\s\\S]*?;)$`, "gm");

/** The interfaces and types of a file, with their comments. */
const shapesOf = (file: string): string =>
  [...sourceOf(file).matchAll(shape)].map(([text]) => text.replaceAll("export ", "")).join("\n\n");

/** The first comment of a file. */
const summaryOf = (file: string): string =>
  (sourceOf(file).match(/^\/\*\*([\s\S]*?)\*\//)?.[1] ?? "").replaceAll(/\s*\n \*\s*/g, " ").trim();

/** A member a line: states are wide rather than deep. */
function asExample(state: unknown): string {
  const members = Object.entries(Object(JSON.parse(JSON.stringify(state))));
  const lines = members.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(",\n")}\n}`;
}

function section<State>(reducer: Reducer<State>, channel: string): Section {
  const examples = [...catalogue.values()].map(({ type, example }, at) => ({
    type,
    data: example,
    timestamp: startMs + at * 1_000,
    offset: at + 1,
  }));
  const fold = (state: State, events: typeof examples): State =>
    events.reduce((folded, event) => reducer.apply(folded, event), state);
  // An event may say something only after another: it is looked at where all others have been.
  const all = fold(reducer.initial(channel), examples);
  const known = examples.filter(
    (event) => reducer.apply(all, { ...event, timestamp: startMs + 999_000 }) !== all || changes(event),
  );
  function changes(event: (typeof examples)[number]): boolean {
    const at = examples.indexOf(event);
    const before = fold(reducer.initial(channel), examples.slice(0, at));
    return reducer.apply(before, event) !== before;
  }
  // Of what begins and ends, the example shows the beginning.
  const shown = known.filter(({ type }) => !/^(command|checkpoint|lease)_(?!required|queued|held)/.test(type));
  return {
    name: reducer.name,
    version: reducer.version,
    summary: summaryOf(reducer.name),
    channels: channelsOf(reducer.name),
    shape: shapesOf(reducer.name),
    events: known.map(({ type }) => type),
    example: asExample(fold(reducer.initial(channel), shown)),
  };
}

const channelsOf = (name: string): string =>
  Object.entries(defaultNamespaces)
    .flatMap(([namespace, { reducer, furtherReducers = [] }]) => {
      const channels = namespace === "global" || namespace === "alerts" ? `\`${namespace}\`` : `\`${namespace}:*\``;
      if (reducer === name) return [channels];
      return furtherReducers.includes(name) ? [`${channels} (by name)`] : [];
    })
    .join(", ");

const sections = (): Section[] => [
  section(agentReducer, "agent:coder-001"),
  section(tddReducer, "agent:coder-001"),
  section(sessionReducer, "session:s1"),
  section(memoryReducer, "session:s1"),
  section(processReducer, "process:build-42"),
  section(executionReducer, "execution:e1"),
  section(workflowReducer, "workflow:wf-7"),
  section(repoReducer, "repo:acme/shop"),
  section(globalReducer, "global"),
  section(alertsReducer, "alerts"),
];

/** Files with shapes that several states have. */
const parts = [
  "kept",
  "work-state",
  "steered",
  "open-steps",
  "usage",
  "tasks",
  "steps",
  "session-notes",
  "memory-diff",
];

/** Steps of one thing go by their family's name. */
const named = (types: readonly string[]): string =>
  [...new Set(types.map((type) => type.replace(/^(command|checkpoint|lease|budget)_.*/, "$1_*")))]
    .map((type) => `\`${type}\``)
    .join(", ");

const written = ({ name, version, summary, channels, events, shape, example }: Section): string => `\
## ${name}

${summary} Version ${version}, of ${channels}.

Events: ${named(events)}.

\`\`\`ts norun="a shape"
${shape}
\`\`\`

Made of the catalogue's examples:

\`\`\`json
${example}
\`\`\`
`;

export function statesReference(): string {
  const all = sections();
  return `\
<!-- Made from packages/core/src/reducers by scripts/generate.ts. -->

# States

What the gateway folds of a channel's events, and a client that is given the same reducer (\`@signalbox/core/reducers\`). How to ask
for states: [states](../states.md). Members without a value are absent. Times are milliseconds since 1970.

${table(
  ["Reducer", "Version", "Channels"],
  all.map(({ name, version, channels }) => [`[${name}](#${name})`, version, channels]),
)}

${all.map(written).join("\n")}
## Parts that several have

\`\`\`ts norun="a shape"
${parts.map(shapesOf).join("\n\n")}
\`\`\`
`;
}
