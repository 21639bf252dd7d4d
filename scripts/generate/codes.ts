/** spec/codes.json → packages/protocol/src/codes.ts and docs/reference/codes.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../repository.ts";
import { table } from "./table.ts";

interface ErrorRow {
  number: number;
  name: string;
  temporary: boolean;
  http: number;
  help: string;
}

interface CloseRow {
  number: number;
  name: string;
  help: string;
}

/** Of the numbers that WebSocket itself defines, those after which a client stops. */
export const standardStops: readonly number[] = [1002, 1003, 1007, 1008, 1009, 1010];

export interface Codes {
  errors: ErrorRow[];
  closes: CloseRow[];
}

export const readCodes = (): Codes => JSON.parse(readFileSync(join(root, "spec/codes.json"), "utf8"));

const errorRow = ({ name, number, temporary, http, help }: ErrorRow) => `  ${name}: {
    number: ${number}, temporary: ${temporary}, http: ${http}, help: ${JSON.stringify(help)} },`;

const closeRow = ({ name, number, help }: CloseRow) =>
  `  ${name}: { number: ${number}, help: ${JSON.stringify(help)} },`;

export const codesSource = ({ errors, closes }: Codes): string => `\
// Made from spec/codes.json by scripts/generate.ts: change that file, then run \`npm run generate\`.

export interface ErrorCode {
  number: number;
  /** May the same request succeed later? */
  temporary: boolean;
  /** HTTP status of the same error. */
  http: number;
  /** What to do. */
  help: string;
}

export interface CloseCode {
  number: number;
  help: string;
}

export const errorCodes = {
${errors.map(errorRow).join("\n")}
} as const satisfies Record<string, ErrorCode>;

export type ErrorName = keyof typeof errorCodes;

export const closeCodes = {
${closes.map(closeRow).join("\n")}
} as const satisfies Record<string, CloseCode>;

export type CloseName = keyof typeof closeCodes;

/** Of the numbers that WebSocket itself defines: the fault is in what was sent and would come again. */
const standardStops: readonly number[] = [${standardStops.join(", ")}];

/** The range says what a client must do, so that it is right about codes it has never met. */
export const mayReconnect = (closeNumber: number): boolean =>
  closeNumber < 3000
    ? !standardStops.includes(closeNumber)
    : closeNumber < 3500 || (closeNumber >= 4000 && closeNumber < 4500);
`;

/** As mayReconnect above says of the numbers that the gateway uses. */
const isStop = (number: number): boolean => standardStops.includes(number) || number >= 3500;

export const codesReference = ({ errors, closes }: Codes): string => `\
<!-- Made from spec/codes.json by scripts/generate.ts. -->

# Errors and close codes

Every error has a number, a name that programs compare, and a sentence that says what to do. Numbers are never reused.

## Errors

An \`error\` message (and the body of an HTTP answer) holds \`name\`, \`number\`, \`message\`, \`temporary\`, \`help\` and
often \`details\`. Temporary means that the same request may succeed later.

${table(
  ["Number", "Name", "Temporary", "HTTP", "What to do"],
  errors.map(({ number, name, temporary, http, help }) => [
    number,
    `\`${name}\``,
    temporary ? "yes" : "no",
    http,
    help,
  ]),
)}

## Close codes

WebSocket close codes. The range says what a client must do, also about a code it has never met: after 3000–3499 and
4000–4499 it reconnects and resumes; after 3500–3999 and 4500–4999 it stops. Of the numbers that WebSocket itself
defines, 1002, 1003 and 1007–1010 mean stop, the others reconnect.

${table(
  ["Number", "Name", "Then", "What it means"],
  closes.map(({ number, name, help }) => [number, `\`${name}\``, isStop(number) ? "stop" : "reconnect", help]),
)}
`;
