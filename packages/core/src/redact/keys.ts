/** Which names are names of secrets: `DB_PASSWORD`, `accessToken`, `x-api-key`. Not `maxTokens` or `passwordLength`. */

export interface SecretKey {
  /** What stands between `[redacted:` and `]`. */
  readonly kind: string;
  /** Shorter texts are words, not secrets. */
  readonly least: number;
  /** Numbers are secrets too. */
  readonly numbers: boolean;
  /** Whatever lies below is secret. Otherwise only texts and lists of them. */
  readonly deep: boolean;
  /** Texts with spaces are sentences, not secrets. */
  readonly oneWord: boolean;
}

const key = (kind: string, least: number, more: Partial<SecretKey> = {}): SecretKey => ({
  kind,
  least,
  numbers: false,
  deep: false,
  oneWord: false,
  ...more,
});

const password = key("password", 1, { numbers: true, deep: true });
/** Also the directory that a shell is in. */
const pwd = key("password", 1, { deep: true });
/** Also what a test did, or how many did: `{pass: 12, fail: 3}`. */
const pass = key("password", 6, { oneWord: true });
const secret = key("secret", 1, { deep: true });
/** Also a mode of fetch, of which `same-origin` is the longest word. */
const credentials = key("credentials", 12, { deep: true });
const authorization = key("authorization", 8, { deep: true });
const cookie = key("cookie", 8, { deep: true });
const privateKey = key("private_key", 8, { deep: true });
const apiKey = key("api_key", 8, { oneWord: true });
const token = key("token", 8, { oneWord: true });
/** The one of a signed address. */
const signature = key("signature", 32, { oneWord: true });

/** How names of secrets end, word by word. */
const endings: ReadonlyArray<readonly [SecretKey, readonly string[]]> = [
  [password, ["password", "passwords", "passwd", "passphrase", "passphrases", "passcode"]],
  [pwd, ["pwd"]],
  [pass, ["pass"]],
  [secret, ["secret", "secrets"]],
  [credentials, ["credential", "credentials"]],
  [authorization, ["authorization"]],
  [cookie, ["cookie", "cookies"]],
  [privateKey, ["private key", "private keys", "privatekey", "private key pem", "signing key", "encryption key"]],
  [privateKey, ["master key", "ssh key", "client key data"]],
  [apiKey, ["api key", "api keys", "apikey", "apikeys", "access key", "accesskey", "access keys", "secret key"]],
  [apiKey, ["secretkey", "account key", "auth key", "service key", "license key"]],
  [token, ["token", "access tokens", "refresh tokens", "auth tokens", "api tokens", "bearer tokens", "id tokens"]],
  [signature, ["x amz signature", "x goog signature"]],
];

/** Names that end like a secret's and are none: places in a list, parts of a grammar. */
const harmless: ReadonlySet<string> = new Set(
  [
    ...[
      "page",
      "next",
      "next page",
      "previous page",
      "continuation",
      "sync",
      "next sync",
      "cursor",
      "resume",
      "cancel",
    ],
    ...[
      "cancellation",
      "stop",
      "eos",
      "bos",
      "pad",
      "unk",
      "mask",
      "first",
      "last",
      "current",
      "lookahead",
      "unexpected",
    ],
  ].map((word) => `${word} token`),
);

/** Ends of words in which no border shows: `dbpassword`, `authtoken`. */
const together: ReadonlyArray<readonly [string, SecretKey]> = [
  ...["password", "passwd", "passphrase"].map((end) => [end, password] as const),
  ["secret", secret],
  ["privatekey", privateKey],
  ...["apikey", "secretkey", "accesskey"].map((end) => [end, apiKey] as const),
  ...["auth", "access", "refresh", "id", "bearer", "session", "api"].map((word) => [`${word}token`, token] as const),
  ["setcookie", cookie],
];

const byLastWord = new Map<string, Array<readonly [string, SecretKey]>>();
for (const [what, ends] of endings) {
  for (const end of ends) {
    const last = end.slice(end.lastIndexOf(" ") + 1);
    byLastWord.set(last, [...(byLastWord.get(last) ?? []), [end, what]]);
  }
}

/** Last three letters of every such name, five bits each: most names are told apart from secrets' by these. */
const tails = new Uint8Array(32_768);
const tail = (a: number, b: number, c: number): number => ((a & 31) << 10) | ((b & 31) << 5) | (c & 31);
for (const end of ["sig", ...endings.flatMap(([, ends]) => ends), ...together.map(([end]) => end)]) {
  const last = end.length - 1;
  tails[tail(end.charCodeAt(last - 2), end.charCodeAt(last - 1), end.charCodeAt(last))] = 1;
}

/** Could a name that ends before `end` be a secret's? Quick; `secretKey` decides. */
export const endsLikeSecret = (text: string, end: number): boolean =>
  end >= 3 && tails[tail(text.charCodeAt(end - 3), text.charCodeAt(end - 2), text.charCodeAt(end - 1))] === 1;

/** Of a name; whatever is longer is not one. */
const longest = 100;

/** What a name says about its value; `undefined`: nothing. */
export function secretKey(name: string): SecretKey | undefined {
  if (name.length < 3 || name.length > longest) return undefined;
  const words = wordsOf(name);
  const whole = words.join(" ");
  // Of a signed address; elsewhere a `sig` is a signal.
  if (whole === "sig") return signature;
  if (harmless.has(whole)) return undefined;
  const last = words.at(-1) ?? "";
  for (const [end, what] of byLastWord.get(last) ?? []) {
    if (whole === end || whole.endsWith(` ${end}`)) return what;
  }
  return together.find(([end]) => last.endsWith(end))?.[1];
}

const isPath = /^(?:~|\.{0,2})\/[\w./@ -]{0,200}$|^[A-Za-z]:\\/;
/** Names that may say where the secret is instead of what it is. */
const mayBePath: ReadonlySet<SecretKey> = new Set([pwd, credentials, privateKey]);
/** What others put in a secret's place. */
const placeholder = /^(?:[[<(]?redacted|\*{3,})/i;

/** Is this text, under such a name, a secret? Placeholders for secrets are not. */
export function isSecretText(what: SecretKey, text: string): boolean {
  if (text.length < what.least || placeholder.test(text)) return false;
  if (mayBePath.has(what) && isPath.test(text)) return false;
  return !(what.oneWord && /\s/.test(text));
}

/** `HTTPProxy-auth_token2` → http proxy auth token2. */
function wordsOf(name: string): string[] {
  const words: string[] = [];
  let from = 0;
  const cut = (to: number): void => {
    if (to > from) words.push(name.slice(from, to).toLowerCase());
  };
  for (let at = 0; at < name.length; at++) {
    const here = classOf(name.charCodeAt(at));
    if (here === "other") {
      cut(at);
      from = at + 1;
    } else if (here === "upper" && at > from) {
      const before = classOf(name.charCodeAt(at - 1));
      const after = at + 1 < name.length ? classOf(name.charCodeAt(at + 1)) : "other";
      if (before === "lower" || (before === "upper" && after === "lower")) {
        cut(at);
        from = at;
      }
    }
  }
  cut(name.length);
  return words;
}

function classOf(code: number): "upper" | "lower" | "other" {
  if (code >= 65 && code <= 90) return "upper";
  if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) return "lower";
  return "other";
}
