/** Finds secrets in text: by their look, and by the name they are given in it. One pass, no backtracking. */
import { Ahead, classAt, classes, dash, isToken, isWhite, oneOf } from "./characters.ts";
import { endsLikeSecret, isSecretText, type SecretKey, secretKey } from "./keys.ts";
import { afterColour, isScheme, keyTitle, leastRun, mayHoldSecret, opening, opensKey, spaces } from "./quick-look.ts";
import { isPublic, leastPicture, leastRandom, looksRandom } from "./randomness.ts";
import { shapeAt } from "./shapes.ts";

/** The text with every secret replaced by `[redacted:kind]`; the same text if it has none. */
export function redactText(text: string): string {
  return mayHoldSecret(text) ? new Scan(text).run() : text;
}

const endOfValue = oneOf(" \t\r\n\v\f\"'`&;,)}]<>|\\");
const opens = oneOf("[{$<%(");
const endOfLine = oneOf("\r\n\"'`");
/** What words do not have in them and secrets do. */
const odd = oneOf("0123456789!@#$%^*+=~");
const endOfHost = oneOf(" \t\r\n\v\f\"'`/?#\\<>");
const endOfWord = oneOf(" \t\r\n\v\f\"'`<>");
const ofScheme = oneOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=-");
const ofKey = oneOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-\\ \t\r\n");

class Scan {
  readonly #text: string;
  readonly #valueEnd: Ahead;
  readonly #lineEnd: Ahead;
  readonly #odd: Ahead;
  readonly #hostEnd: Ahead;
  readonly #wordEnd: Ahead;
  readonly #schemeEnd: Ahead;
  readonly #signs: Ahead;
  readonly #keyEnd: Ahead;
  readonly #runEnd: Ahead;
  readonly #wideEnd: Ahead;
  #lastName = "";
  #lastMeaning: SecretKey | undefined;
  #out = "";
  #copied = 0;
  /** Ends of the base64 text that is being read, and of the last one that is public. */
  #wideTo = 0;
  #publicTo = 0;
  #closes = 0;

  constructor(text: string) {
    this.#text = text;
    this.#valueEnd = new Ahead(text, endOfValue);
    this.#lineEnd = new Ahead(text, endOfLine);
    this.#odd = new Ahead(text, odd);
    this.#hostEnd = new Ahead(text, endOfHost);
    this.#wordEnd = new Ahead(text, endOfWord);
    this.#schemeEnd = new Ahead(text, (code) => !ofScheme(code));
    this.#signs = new Ahead(text, (code) => code === 64);
    this.#keyEnd = new Ahead(text, (code) => !ofKey(code));
    this.#runEnd = new Ahead(text, (code) => !isToken(classes[code] ?? 0));
    this.#wideEnd = new Ahead(text, (code) => (classes[code] ?? 0) === 0);
  }

  run(): string {
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      if (isToken(classAt(text, at))) at = this.#token(at, this.#runEnd.at(at));
      else if (text.charCodeAt(at) === 58 && text.startsWith("://", at)) at = this.#address(at + 3);
      else at = afterColour(text, at) + 1;
    }
    return this.#copied === 0 ? text : this.#out + text.slice(this.#copied);
  }

  /** Says where to go on. */
  #cut(from: number, end: number, kind: string): number {
    this.#out += `${this.#text.slice(this.#copied, from)}[redacted:${kind}]`;
    this.#copied = end;
    return end;
  }

  /** A run of letters, digits, `-` and `_`. */
  #token(start: number, end: number): number {
    const text = this.#text;
    if (opensKey(text, start, end)) {
      const begins = end - opening.length;
      if (begins > start) return this.#token(start, begins);
      return this.#privateKey(start, end) ?? end;
    }
    if (text.charCodeAt(end) === 32 && isScheme(text, start, end)) {
      const after = this.#scheme(start, end);
      if (after !== undefined) return after;
    }
    const after = this.#shaped(start, end) ?? this.#random(start, end) ?? end;
    if (after > end || !endsLikeSecret(text, end)) return after;
    return this.#named(start, end) ?? after;
  }

  /** `Bearer …`, `Basic …`. */
  #scheme(start: number, end: number): number | undefined {
    const text = this.#text;
    const from = end + 1;
    let to = this.#schemeEnd.at(from);
    if (text.charCodeAt(to - 1) === 46) to--;
    const bearer = end - start === 6;
    const value = text.slice(from, Math.min(to, from + 64));
    const isOdd = this.#odd.at(from) < to || /.[A-Z].*[A-Z]/.test(value) || (bearer && to - from >= leastRun);
    if (to - from < 8 || !isOdd || !(bearer || ((to - from) % 4 === 0 && !/[^A-Za-z0-9+/=]/.test(value)))) {
      return undefined;
    }
    return this.#cut(from, to, bearer ? "bearer" : "basic");
  }

  /** `password=…`, `"token": "…"`, `--api-key …`, `Cookie: …`; undefined if that is no secret. */
  #named(start: number, end: number): number | undefined {
    const text = this.#text;
    const what = this.#meaning(text.slice(Math.max(start, end - 101), end));
    if (what === undefined) return undefined;
    if (text.startsWith("--", start) && isWhite(text.charCodeAt(end))) return this.#flag(what, end + 1);

    let at = end;
    if (text[at] === "\\") at++;
    const quotedKey = text[at] === '"' || text[at] === "'";
    if (quotedKey) at++;
    const afterKey = at;
    while (at - afterKey < spaces && isWhite(text.charCodeAt(at))) at++;
    const sign = text[at];
    if (sign !== "=" && sign !== ":") return undefined;
    at++;
    const declares = sign === ":" && text[at] === "=";
    if (declares) at++;
    else if (text[at] === "=" || text[at] === ">" || text[at] === ":") return undefined;
    const afterSign = at;
    while (at - afterSign < spaces && isWhite(text.charCodeAt(at))) at++;
    const tight = !quotedKey && sign === "=" && at - afterKey === 1;
    return this.#value(what, at, tight);
  }

  /** What a name says; most texts use few names often. */
  #meaning(name: string): SecretKey | undefined {
    if (name === this.#lastName) return this.#lastMeaning;
    this.#lastName = name;
    this.#lastMeaning = secretKey(name);
    return this.#lastMeaning;
  }

  /** `tight`: written as a program writes it, so that the value need not look odd. */
  #value(what: SecretKey, at: number, tight: boolean): number | undefined {
    const text = this.#text;
    const escaped = text[at] === "\\";
    const from = escaped ? at + 1 : at;
    const quote = text[from];
    if (quote === '"' || quote === "'" || quote === "`") {
      const to = closing(text, from + 1, quote, escaped);
      return isSecretText(what, text.slice(from + 1, to)) ? this.#cut(from + 1, to, what.kind) : undefined;
    }
    // A placeholder, or something nested.
    if (escaped || opens(text.charCodeAt(at))) return undefined;
    const whole = what.kind === "cookie" || what.kind === "authorization";
    const to = (whole ? this.#lineEnd : this.#valueEnd).at(at);
    if (!tight && this.#odd.at(at) >= to && !(whole && hasScheme.test(text.slice(at, at + 32)))) return undefined;
    const value = text.slice(at, to);
    if (!isSecretText(what, value) || /^(?:null|true|false|undefined|none)$/i.test(value)) return undefined;
    if (!what.numbers && /^[0-9.]+$/.test(value)) return undefined;
    return this.#cut(at, to, what.kind);
  }

  /** The word after `--password`. */
  #flag(what: SecretKey, from: number): number | undefined {
    const text = this.#text;
    const to = this.#valueEnd.at(from);
    const value = text.slice(from, to);
    if (/^[-[{$<]/.test(value) || /^[A-Z_]+$/.test(value) || !isSecretText(what, value)) return undefined;
    return this.#cut(from, to, what.kind);
  }

  /** From `-----BEGIN` to the end of what it begins; without an end, as far as it can be one. */
  #privateKey(start: number, end: number): number | undefined {
    const text = this.#text;
    const title = keyTitle.exec(text.slice(end, end + 60));
    if (title === null) return undefined;
    const from = end + title[0].length - 5;
    const closes = this.#closing(from);
    const last = closes < 0 ? -1 : text.indexOf("-----", closes + 8);
    return this.#cut(start, last < 0 ? this.#keyEnd.at(from) : last + 5, "private_key");
  }

  /** Where `-----END` is next, or -1. Looked for once, however many beginnings there are. */
  #closing(from: number): number {
    if (this.#closes !== -1 && this.#closes < from) this.#closes = this.#text.indexOf("-----END", from);
    return this.#closes;
  }

  /** A maker's shape somewhere in the run, or a JSON Web Token. */
  #shaped(start: number, end: number): number | undefined {
    const text = this.#text;
    if (text.charCodeAt(end) === 46 && end - start >= 10) {
      const at = text.startsWith("eyJ", start) ? start : -1;
      if (at >= 0) return this.#webToken(at, end);
    }
    if (end - start < leastRun) return undefined;
    for (let at = start; at <= end - leastRun; at++) {
      if (at > start && (classAt(text, at - 1) & dash) === 0) continue;
      const shape = shapeAt(text, at, end);
      if (shape !== undefined) return this.#cut(at, end, shape.kind);
    }
    return undefined;
  }

  /** Three parts of a signed token, five of an encrypted one. */
  #webToken(start: number, firstEnd: number): number | undefined {
    const text = this.#text;
    let end = firstEnd;
    let parts = 1;
    while (parts < 5 && text.charCodeAt(end) === 46) {
      const next = this.#runEnd.at(end + 1);
      if (next === end + 1 && parts < 2) break;
      end = next;
      parts++;
    }
    if (parts < 2) return undefined;
    if (text.charCodeAt(end - 1) === 46 && parts > 3) end--;
    return this.#cut(start, end, "jwt");
  }

  /** The run, or the base64 text that begins with it. */
  #random(start: number, end: number): number | undefined {
    const text = this.#text;
    if (start >= this.#wideTo) {
      const wide = this.#wideEnd.at(start);
      // Between the `+` and `/` of a picture are many runs that look like keys.
      if (wide - start >= leastPicture || (wide - start >= leastRandom && isPublic(text, start))) this.#publicTo = wide;
      if (wide > end && start >= this.#publicTo && looksRandom(text, start, wide)) {
        let to = wide;
        while (text.charCodeAt(to) === 61) to++;
        return this.#cut(start, to, "high_entropy");
      }
      this.#wideTo = wide;
    }
    const kept = start < this.#publicTo || !looksRandom(text, start, end);
    return kept ? undefined : this.#cut(start, end, "high_entropy");
  }

  /** What comes after `://`: a password before the host, or an address that is itself a secret. */
  #address(from: number): number {
    const text = this.#text;
    const hostEnd = Math.min(this.#hostEnd.at(from), from + userinfo);
    const host = text.slice(from, hostEnd);
    const colon = host.indexOf(":");
    let sign = host.lastIndexOf("@");
    if (sign < 0 && colon >= 0 && !/^[0-9]*$/.test(host.slice(colon + 1))) {
      // No port: a password with a character that should have been escaped.
      const end = Math.min(this.#wordEnd.at(from), from + hasty);
      if (this.#signs.at(from) < end) sign = text.slice(from, end).lastIndexOf("@");
    }
    if (sign >= 0 && colon >= 0 && colon < sign) {
      const done = [colon + 1, colon - 9].some((at) => text.startsWith("[redacted:", from + at));
      if (sign - colon === 1 || done) return from + sign;
      return this.#cut(from + colon + 1, from + sign, "url_password");
    }
    const secret = secretPath.exec(text.slice(from, from + 48));
    if (secret === null) return from;
    const begins = from + secret[0].length;
    const to = this.#wordEnd.at(begins);
    return to - begins < leastRun ? from : this.#cut(begins, to, "webhook");
  }
}

const hasScheme = /^(?:basic|bearer|token|digest|apikey|negotiate) +\S{6}/i;

/** Characters of a user's name and password, and of one that was not escaped. */
const userinfo = 1_024;
const hasty = 64;

/** Who knows such an address may post to it. */
const secretPath =
  /^(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/|(?:\w{1,6}\.)?discord(?:app)?\.com\/api\/webhooks\/)/;

/** Where the text in quotes ends. `escaped`: it is itself inside a quoted text, so its quotes have a backslash. */
function closing(text: string, from: number, quote: string, escaped: boolean): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === quote) return at;
    if (text[at] !== "\\") continue;
    if (escaped && text[at + 1] === quote) return at;
    if (!escaped) at++;
  }
  return text.length;
}
