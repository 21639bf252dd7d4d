/** For tests about what a terminal would obey. */

const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;:]*m`, "g");

export const withoutColours = (text: string): string => text.replaceAll(colour, "");

/** Characters of `text` that are no text: controls (but tab and newline) and those that turn text round. */
export const obeyed = (text: string): string[] =>
  [...text].filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    const control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    const bidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return (control && character !== "\t" && character !== "\n") || bidi;
  });
