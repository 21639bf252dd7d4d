/** The catalogue → docs/reference/events.md. */
import { type EventDefinition, families } from "@signalbox/protocol/schemas";
import { table } from "./table.ts";

/** What of a JSON Schema the tables show. */
interface Shape {
  type?: string;
  title?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  examples?: unknown;
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: string[];
  additionalProperties?: Shape;
}

const codes = (values: readonly unknown[]): string => values.map((value) => `\`${value}\``).join(" ");

const typeWords: Record<string, string> = { integer: "whole number", string: "text", boolean: "true or false" };

function form(shape: Shape): string {
  if (shape.enum) return `one of ${codes(shape.enum)}`;
  if (shape.const !== undefined) return codes([shape.const]);
  if (Array.isArray(shape.examples)) return `text, such as ${codes(shape.examples)}`;
  if (shape.anyOf) return shape.title ?? "";
  if (shape.items) return `list of ${form(shape.items)}`;
  if (shape.additionalProperties) return `object of ${form(shape.additionalProperties)}`;
  return shape.type === undefined ? "anything" : (typeWords[shape.type] ?? shape.type);
}

/** Fields, then the fields inside them: `currentTask.id`, `failures[].name`. */
function fields(shape: Shape, prefix: string): string[][] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const row = [`\`${path}\``, form(field), shape.required?.includes(name) ? "yes" : "", field.description ?? ""];
    const inner = [field, ...(field.anyOf ?? [])].flatMap((one) => fields(one, `${path}.`));
    return [row, ...inner, ...(field.items ? fields(field.items, `${path}[].`) : [])];
  });
}

const anchor = (heading: string): string => heading.toLowerCase().replaceAll(" ", "-");

const facts = ({ version, delivery, channel, key, tags }: EventDefinition): string =>
  [
    `Version ${version}`,
    delivery === "latest" ? `latest per ${key.length > 0 ? codes(key) : "channel"}` : delivery,
    `channel ${channel.map((template) => `\`${template}\``).join(", else ")}`,
    ...(tags.length > 0 ? [`filter tags ${codes(tags)}`] : []),
  ].join(" · ");

const section = (definition: EventDefinition): string => `\
### ${definition.type}

${definition.summary}

${facts(definition)}

${table(["Field", "Form", "Required", "Meaning"], fields(definition.data, ""))}

\`\`\`json
${JSON.stringify(definition.example, null, 2)}
\`\`\`
`;

const properNames: Record<string, string> = { github: "GitHub", tdd: "TDD" };

const familyTitle = (name: string): string =>
  `${properNames[name] ?? `${name[0]?.toUpperCase()}${name.slice(1)}`} events`;

export const eventsReference = (): string => `\
<!-- Made from packages/protocol/src/events/ by scripts/generate.ts. -->

# Events

Every event is \`{id, type, timestamp, data, metadata?}\`; this page says what \`data\` holds. Fields that are not named
here are kept and travel unchanged, and so do events of types that are not named here. The same as JSON Schema 2020-12:
\`spec/schemas/\`; as AsyncAPI 3: \`spec/asyncapi.json\`, and \`/asyncapi.json\` of a running gateway.

An event that names no \`channel\` goes to the first channel below whose field its data has. The delivery class says what
a viewer that falls behind gets: **lossless** every event; **coalesce** a gap with counts, to be fetched from history;
**latest** the newest value; **ephemeral** events are never kept. Where a form is "text, such as", other texts of at most
64 characters are welcome too.

${table(
  ["Family", "Types"],
  Object.entries(families).map(([name, definitions]) => [
    `[${familyTitle(name)}](#${anchor(familyTitle(name))})`,
    definitions.map(({ type }) => `[${type}](#${type})`).join(", "),
  ]),
)}

${Object.entries(families)
  .map(([name, definitions]) => `## ${familyTitle(name)}\n\n${definitions.map(section).join("\n")}`)
  .join("\n")}`;
