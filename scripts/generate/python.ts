/** The catalogue, the codes and the limits → sdks/python/src/signalbox: what the Python client knows of the protocol. */
import { type Limit, limits } from "@signalbox/protocol";
import { type EventDefinition, envelopeDocument, families } from "@signalbox/protocol/schemas";
import { type Codes, standardStops } from "./codes.ts";

export const pythonFolder = "sdks/python/src/signalbox";

/** What of a JSON Schema becomes a Python type. */
interface Shape {
  type?: string;
  title?: string;
  description?: string;
  enum?: readonly unknown[];
  const?: unknown;
  examples?: readonly unknown[];
  anyOf?: readonly Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: readonly string[];
  additionalProperties?: Shape;
}

const lineWidth = 120;

const header = (source: string, what: string): string => `\
"""${what}

Made from ${source} by scripts/generate.ts: change that, then run \`npm run generate\`.
"""
`;

/** As the formatter quotes it: double quotes, unless the text holds more of those than of single ones. */
const quoted = (value: unknown): string => {
  if (value === true) return "True";
  if (value === false) return "False";
  const text = JSON.stringify(value);
  return typeof value === "string" && value.includes('"') && !value.includes("'") ? `'${value}'` : text;
};

const pascal = (name: string): string =>
  name.replaceAll(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase());

const docstring = (text: string): string => `"""${text.replaceAll("\\", "\\\\")}"""`;

const indent = "    ";

/** \`Literal[…]\`, on one line where it fits, else a value a line. */
function literal(prefix: string, values: readonly unknown[]): string {
  const short = `${prefix}Literal[${values.map(quoted).join(", ")}]`;
  return short.length <= lineWidth
    ? short
    : `${prefix}Literal[\n${values.map((value) => `${indent}${quoted(value)},\n`).join("")}]`;
}

const scalars: Record<string, string> = {
  string: "str",
  integer: "int",
  number: "float",
  boolean: "bool",
  null: "None",
};

/** The types of one event's data, inner ones first. */
class Types {
  readonly declarations: string[] = [];

  /** The annotation of a value; `name` is what its own type is called, if it needs one. */
  of(shape: Shape, name: string): string {
    if (shape.const !== undefined) return `Literal[${quoted(shape.const)}]`;
    if (shape.enum) return this.#literal(name, shape.enum);
    // An open set: editors offer what is known, other texts are welcome.
    if (shape.examples && shape.type === "string") return `${this.#literal(name, shape.examples)} | str`;
    if (shape.anyOf) return [...new Set(shape.anyOf.map((one) => this.of(one, name)))].join(" | ");
    if (shape.items) return `list[${this.of(shape.items, name)}]`;
    if (shape.properties) return this.object(shape, name);
    if (shape.additionalProperties) return `dict[str, ${this.of(shape.additionalProperties, name)}]`;
    if (shape.type === "object") return "dict[str, Any]";
    return scalars[shape.type ?? ""] ?? "Any";
  }

  /** Required members in a class of their own: \`NotRequired\` came with Python 3.11. */
  object(shape: Shape, name: string, prefix = name): string {
    const { properties = {}, required = [], description } = shape;
    const members = Object.entries(properties).map(([member, one]) => ({
      text: `${indent}${member}: ${this.of(one, prefix + pascal(member))}\n${indent}${docstring(one.description ?? "")}\n`,
      isRequired: required.includes(member),
    }));
    const needed = members.filter(({ isRequired }) => isRequired).map(({ text }) => text);
    const optional = members.filter(({ isRequired }) => !isRequired).map(({ text }) => text);
    const doc = description === undefined ? "" : `${indent}${docstring(description)}\n\n`;
    const hasBoth = needed.length > 0 && optional.length > 0;
    if (hasBoth) this.declarations.push(`class _${name}(TypedDict):\n${needed.join("\n")}`);
    const base = hasBoth ? `_${name}` : "TypedDict";
    const total = optional.length > 0 ? ", total=False" : "";
    const body = hasBoth ? optional : members.map(({ text }) => text);
    this.declarations.push(`class ${name}(${base}${total}):\n${doc}${body.join("\n")}`);
    return name;
  }

  #literal(name: string, values: readonly unknown[]): string {
    this.declarations.push(literal(`${name}: TypeAlias = `, values));
    return name;
  }
}

function eventTypes({ type, summary, data }: EventDefinition): string[] {
  const types = new Types();
  const name = pascal(type);
  types.object({ ...data, description: summary }, `${name}Data`, name);
  types.declarations.push(`\
class ${name}Event(_Publication):
${indent}${docstring(summary)}

${indent}type: Literal[${quoted(type)}]
${indent}data: ${name}Data
`);
  return types.declarations;
}

const tuple = (values: readonly string[]): string =>
  values.length === 0 ? "()" : `(${values.map(quoted).join(", ")}${values.length === 1 ? "," : ""})`;

/** A row of a table: on one line where that fits, else the values on the next one, else a value a line. */
function row(name: string, kind: string, values: readonly string[]): string {
  const short = `${indent}${quoted(name)}: ${kind}(${values.join(", ")}),`;
  if (short.length <= lineWidth) return `${short}\n`;
  const inner = `${indent}${indent}${values.join(", ")}`;
  const body = inner.length <= lineWidth ? `${inner}\n` : values.map((one) => `${indent}${indent}${one},\n`).join("");
  return `${indent}${quoted(name)}: ${kind}(\n${body}${indent}),\n`;
}

const eventRow = ({ type, version, delivery, channel, key, tags }: EventDefinition): string =>
  row(type, "EventKind", [quoted(version), quoted(delivery), tuple(channel), tuple(key), tuple(tags)]);

const union = (name: string, members: readonly string[]): string =>
  `${name}: TypeAlias = (\n${members.map((member, at) => `${indent}${at === 0 ? "" : "| "}${member}\n`).join("")})`;

/** Two empty lines around classes, as the formatter has it; none between what stands on one line. */
function laidOut(declarations: readonly string[]): string {
  const isClass = (text: string): boolean => text.startsWith("class ");
  return declarations
    .map((text, at) => {
      const before = declarations[at - 1];
      const gap = before === undefined ? "" : isClass(text) || isClass(before) ? "\n\n" : "";
      return `${gap}${text.trimEnd()}\n`;
    })
    .join("");
}

export function catalogueModule(): string {
  const definitions = Object.values(families).flat();
  const envelope = envelopeDocument as Shape;
  const metadata = new Types();
  metadata.object(envelope.properties?.metadata ?? {}, "Metadata");
  return `\
${header("packages/protocol/src/events", "The event catalogue: the data of each event type, as types and as a table.")}
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypedDict

${laidOut([
  literal("Delivery: TypeAlias = ", ["lossless", "coalesce", "latest", "ephemeral"]),
  ...metadata.declarations,
  `class _Event(TypedDict):
    id: str
    timestamp: int
    """Milliseconds since 1970."""

    channel: str
`,
  `class _Publication(_Event, total=False):
    metadata: Metadata
    epoch: str
    """With offset its position in the channel. Ephemeral events have none."""

    offset: int
`,
  ...definitions.flatMap(eventTypes),
  `class EventKind(NamedTuple):
    """What the catalogue says of an event type."""

    version: str
    """Of the data's schema."""

    delivery: Delivery
    """What a viewer that falls behind gets."""

    channel: tuple[str, ...]
    """Where an event goes that names no channel: the first template whose field the data has."""

    key: tuple[str, ...]
    """With latest: these fields tell one gauge from another."""

    tags: tuple[str, ...]
    """Fields that filters can select by."""
`,
  literal(
    "EventType: TypeAlias = ",
    definitions.map(({ type }) => type),
  ),
  union(
    "CatalogueEvent",
    definitions.map(({ type }) => `${pascal(type)}Event`),
  ),
  `CATALOGUE: Final[Mapping[str, EventKind]] = {\n${definitions.map(eventRow).join("")}}`,
])}`;
}

export const codesModule = ({ errors, closes }: Codes): string => `\
${header("spec/codes.json", "The errors and close codes of the wire.")}
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias


${laidOut([
  `class ErrorCode(NamedTuple):
    number: int
    temporary: bool
    """May the same request succeed later?"""

    http: int
    """HTTP status of the same error."""

    help: str
    """What to do."""
`,
  `class CloseCode(NamedTuple):
    number: int
    help: str
`,
  literal(
    "ErrorName: TypeAlias = ",
    errors.map(({ name }) => name),
  ),
  literal(
    "CloseName: TypeAlias = ",
    closes.map(({ name }) => name),
  ),
])}
ERROR_CODES: Final[Mapping[ErrorName, ErrorCode]] = {
${errors
  .map(({ name, number, temporary, http, help }) => row(name, "ErrorCode", [number, temporary, http, help].map(quoted)))
  .join("")}}

CLOSE_CODES: Final[Mapping[CloseName, CloseCode]] = {
${closes.map(({ name, number, help }) => row(name, "CloseCode", [number, help].map(quoted))).join("")}}

UNAUTHORIZED: Final = CLOSE_CODES["unauthorized"].number
"""A token that is missing or refused."""

STANDARD_STOPS: Final = frozenset({${standardStops.join(", ")}})
"""Of the numbers that WebSocket itself defines: the fault is in what was sent and would come again."""


def may_reconnect(close_number: int) -> bool:
    """The range says what a client must do, so that it is right about codes it has never met."""
    if close_number < 3000:
        return close_number not in STANDARD_STOPS
    return close_number < 3500 or 4000 <= close_number < 4500
`;

const constant = (name: string): string => name.replaceAll(/([A-Z])/g, "_$1").toUpperCase();

/** 1048576 as 1_048_576, as long whole numbers are written here. */
const grouped = (value: number): string => value.toLocaleString("en-US").replaceAll(",", "_");

export const limitsModule = (): string => `\
${header("packages/protocol/src/limits.ts", "The gateway's limits as they are by default; it tells its own in its answer to `connect`.")}
from typing import Final

${Object.entries<Limit>(limits)
  .map(
    ([name, { default: value, unit, over }]) =>
      `${constant(name)}: Final = ${grouped(value)}\n${docstring(`${unit === "count" ? "" : `${unit}. `}Over it: ${over}.`)}\n`,
  )
  .join("\n")}`;
