/** Takes secrets out of values before they are kept or shown. What has none is given back as it is, not copied. */
import { isSecretText, type SecretKey, secretKey } from "./keys.ts";
import { mayHoldSecret } from "./quick-look.ts";
import { redactText } from "./scan.ts";

/** Deeper values are not looked at, and so not kept. Messages are at most 32 deep. */
const deepest = 64;
const tooDeep = "[redacted:depth]";
/** Names remembered; a sender can make them up, so they are forgotten when there are many. */
const mostNames = 4_096;

/**
 * Of a JSON Schema: words that say what a value has to be, never what it is. `default`, `const`, `enum` and `examples` are not among
 * them; nor are those that hold further schemas, which are looked at as this one is.
 */
const schemaWords: ReadonlySet<string> = new Set([
  ...["type", "title", "description", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"],
  ...["exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "minProperties", "maxProperties"],
  "required",
]);
const jsonTypes: ReadonlySet<unknown> = new Set(["string", "number", "integer", "boolean", "object", "array", "null"]);

/** `{type: "string", …}`: the schema of a password is none. */
const describesValue = (value: object): boolean => jsonTypes.has(Reflect.get(value, "type"));

interface Verdict {
  /** What the name says about its value. */
  readonly secret: SecretKey | undefined;
  /** The name itself, without secrets in it. */
  readonly name: string;
  /** The value of `{name: "Authorization", value: …}` is named by its neighbour. */
  readonly isValue: boolean;
}

export class Redactor {
  readonly #verdicts = new Map<string, Verdict>();

  /** A JSON value without its secrets: the same object if there were none, otherwise copied where it changed. */
  value<Value>(value: Value): Value;
  value(value: unknown): unknown {
    return this.#any(value, 0);
  }

  /** A line of output, or any other text. */
  text(text: string): string {
    return redactText(text);
  }

  #any(value: unknown, depth: number): unknown {
    if (typeof value === "string") return mayHoldSecret(value) ? redactText(value) : value;
    if (typeof value !== "object" || value === null) return value;
    if (depth >= deepest) return tooDeep;
    return Array.isArray(value) ? this.#list(value, depth + 1) : this.#object(value, depth + 1);
  }

  #list(list: readonly unknown[], depth: number): readonly unknown[] {
    let copy: unknown[] | undefined;
    let flag: SecretKey | undefined;
    for (let at = 0; at < list.length; at++) {
      const item = list[at];
      let clean: unknown;
      if (flag !== undefined && typeof item === "string" && !item.startsWith("-"))
        clean = this.#named(item, flag, depth);
      else clean = this.#any(item, depth);
      // Arguments of a program: `--password`, and what follows it.
      flag = typeof item === "string" && item.startsWith("--") ? this.#verdict(item).secret : undefined;
      if (clean !== item) {
        copy ??= list.slice();
        copy[at] = clean;
      }
    }
    return copy ?? list;
  }

  #object(object: object, depth: number): object {
    let copy: Record<string, unknown> | undefined;
    let renamed = false;
    for (const key of Object.keys(object)) {
      const item: unknown = Reflect.get(object, key);
      const verdict = this.#verdict(key);
      const secret = verdict.isValue ? this.#neighbour(object) : verdict.secret;
      const clean = secret === undefined ? this.#any(item, depth) : this.#named(item, secret, depth);
      if (verdict.name !== key) renamed = true;
      if (clean === item) continue;
      // A spread makes every member the copy's own, `__proto__` too.
      copy ??= { ...object };
      copy[key] = clean;
    }
    return renamed ? this.#rename(copy ?? object) : (copy ?? object);
  }

  /** What stands under a secret's name. */
  #named(value: unknown, secret: SecretKey, depth: number): unknown {
    if (typeof value === "string") {
      return isSecretText(secret, value) ? `[redacted:${secret.kind}]` : this.#any(value, depth);
    }
    if (typeof value === "number") return secret.numbers ? `[redacted:${secret.kind}]` : value;
    if (typeof value !== "object" || value === null) return value;
    if (depth >= deepest) return tooDeep;
    if (Array.isArray(value)) return this.#each(value, (item) => this.#named(item, secret, depth + 1));
    if (!secret.deep) return this.#object(value, depth + 1);
    const entries = Object.entries(value);
    const isSchema = describesValue(value);
    const clean = entries.map(([key, item]): [string, unknown] => [
      key,
      isSchema && schemaWords.has(key) ? this.#any(item, depth + 1) : this.#named(item, secret, depth + 1),
    ]);
    return clean.every(([, item], at) => item === entries[at]?.[1]) ? value : Object.fromEntries(clean);
  }

  #each(list: readonly unknown[], clean: (item: unknown) => unknown): readonly unknown[] {
    const cleaned = list.map(clean);
    return cleaned.every((item, at) => item === list[at]) ? list : cleaned;
  }

  #neighbour(object: object): SecretKey | undefined {
    for (const key of ["name", "key"]) {
      const name: unknown = Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined;
      if (typeof name === "string") return this.#verdict(name).secret;
    }
    return undefined;
  }

  #rename(object: object): object {
    return Object.fromEntries(Object.entries(object).map(([key, item]) => [this.#verdict(key).name, item]));
  }

  #verdict(name: string): Verdict {
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = { secret: secretKey(name), name: redactText(name), isValue: name === "value" };
    // A long name is its sender's, and would be kept for nothing.
    if (name.length <= 100) {
      if (this.#verdicts.size >= mostNames) this.#verdicts.clear();
      this.#verdicts.set(name, verdict);
    }
    return verdict;
  }
}
