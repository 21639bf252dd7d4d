/** Arguments of a recipe's command with places for values. A value never leaves its element, and no shell reads it. */
import { basename } from "node:path";

export type ArgumentValue = string | number | boolean;

/** What an element of the command's arguments is made of, in order. */
export type Piece = { text: string } | { name: string };

/** `a{b}c{{d}}` → a, the value of b, c{d}. Braces around anything but a name are text. */
export function readPieces(element: string): Piece[] {
  const pieces: Piece[] = [];
  const text = (more: string): void => {
    const last = pieces.at(-1);
    if (last !== undefined && "text" in last) last.text += more;
    else if (more !== "") pieces.push({ text: more });
  };
  let from = 0;
  for (const match of element.matchAll(/\{\{([A-Za-z][\w-]*)\}\}|\{([A-Za-z][\w-]*)\}/g)) {
    const [whole, literal, name] = match;
    text(element.slice(from, match.index));
    if (name === undefined) text(`{${literal}}`);
    else pieces.push({ name });
    from = match.index + whole.length;
  }
  text(element.slice(from));
  return pieces;
}

export class ArgumentError extends Error {
  override name = "ArgumentError";
  readonly code = "invalid_args";
}

/** Throws ArgumentError for a value that would become an option, or that no command can be given. */
export function fill(
  elements: ReadonlyArray<readonly Piece[]>,
  values: ReadonlyMap<string, ArgumentValue>,
  mayBeOption: ReadonlySet<string>,
): string[] {
  return elements.flatMap((pieces) => {
    if (pieces.some((piece) => "name" in piece && !values.has(piece.name))) return [];
    const texts = pieces.map((piece) => ("text" in piece ? piece.text : String(values.get(piece.name))));
    const element = texts.join("");
    if (element.includes("\0")) throw new ArgumentError("an argument cannot hold a NUL character");
    // The first piece that is not empty is what the element begins with.
    const first = pieces[texts.findIndex((text) => text !== "")];
    if (element.startsWith("-") && first !== undefined && "name" in first && !mayBeOption.has(first.name)) {
      throw new ArgumentError(`args.${first.name} must not begin with "-": the command would read it as an option`);
    }
    return [element];
  });
}

/** Options after which an interpreter reads the next argument as a program. */
const scriptOptions: ReadonlyArray<readonly [RegExp, RegExp]> = [
  [/^(ba|da|z|k|a|fi|mk)?sh$/, /^-[a-z]*c$/],
  [/^python[\d.]*$/, /^-[A-Za-z]*c$/],
  [/^(node|bun|deno)$/, /^(-e|-p|-pe|--eval|--print|eval)$/],
  [/^(perl|ruby)[\d.]*$/, /^-[A-Za-z]*[eE]$/],
  [/^php[\d.]*$/, /^-r$/],
];

/** The number of an element that an interpreter would run as a program with somebody's value in it. */
export function scriptWithValue(command: string, elements: ReadonlyArray<readonly Piece[]>): number | undefined {
  const [, option] = scriptOptions.find(([program]) => program.test(basename(command))) ?? [];
  if (option === undefined) return undefined;
  const found = elements.findIndex((pieces, index) => {
    const [before] = elements[index - 1] ?? [];
    return (
      before !== undefined && "text" in before && option.test(before.text) && pieces.some((piece) => "name" in piece)
    );
  });
  return found < 0 ? undefined : found;
}
