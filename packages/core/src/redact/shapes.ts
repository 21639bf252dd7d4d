/** What secrets look like: the beginnings that their makers gave them so that they can be found. */

interface Shape {
  readonly start: string;
  /** Characters that must follow, at least. */
  readonly least: number;
  readonly kind: string;
  /** What the first characters after the start consist of; letters, digits, `-` and `_` if absent. */
  readonly of?: "letters and digits" | "upper case and digits" | "hex" | "not lower case alone";
  /** The whole must be exactly so long. */
  readonly exactly?: boolean;
}

const rows = (kind: string, least: number, starts: string, more: Partial<Shape> = {}): Shape[] =>
  starts.split(" ").map((start) => ({ start, least, kind, ...more }));

const mixed = { of: "not lower case alone" } as const;

const shapes: readonly Shape[] = [
  ...rows("aws_key", 16, "AKIA ASIA ABIA ACCA", { of: "upper case and digits", exactly: true }),
  ...rows("gcp_key", 30, "AIza"),
  ...rows("gcp_key", 24, "GOCSPX-"),
  ...rows("github_token", 30, "ghp_ gho_ ghu_ ghs_ ghr_", { of: "letters and digits" }),
  ...rows("github_token", 30, "github_pat_"),
  ...rows("gitlab_token", 18, "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- gloas- glimt- glffct-"),
  ...rows("slack_token", 16, "xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-"),
  ...rows("stripe_key", 16, "sk_live_ sk_test_ rk_live_ rk_test_ whsec_", { of: "letters and digits" }),
  ...rows("npm_token", 30, "npm_", { of: "letters and digits" }),
  ...rows("pypi_token", 40, "pypi-"),
  ...rows("anthropic_key", 20, "sk-ant-"),
  ...rows("openai_key", 32, "sk-proj- sk-svcacct- sk-admin- sk-None-"),
  ...rows("openai_key", 32, "sk-", { of: "letters and digits" }),
  ...rows("api_key", 32, "sk-or-v1- sk-lf-"),
  ...rows("api_key", 30, "hf_ gsk_ xai- pplx- r8_ lin_api_ ntn_ fw_", { of: "letters and digits" }),
  ...rows("api_key", 24, "dop_v1_ doo_v1_ dor_v1_ shpat_ shpca_ shppa_ shpss_ sbp_ sb_secret_ glsa_ glc_ NRAK-", mixed),
  ...rows(
    "api_key",
    24,
    "sntrys_ sntryu_ phx_ figd_ HRKU- bkua_ rubygems_ pul- dckr_pat_ ATATT3 lsv2_pt_ PMAK-",
    mixed,
  ),
  ...rows("api_key", 24, "pscale_pw_ pscale_tkn_ nfp_ tskey- tvly- nvapi- CCIPAT_ AGE-SECRET-KEY-1 lsv2_sk_", mixed),
  ...rows("api_key", 32, "dapi SK key-", { of: "hex" }),
  ...rows("signalbox_key", 20, "sbk_"),
];

/** By the code of the first character, longest start first. */
const shapesByFirst: ReadonlyMap<number, readonly Shape[]> = new Map(
  [...new Set(shapes.map(({ start }) => start.charCodeAt(0)))].map((code) => [
    code,
    shapes.filter(({ start }) => start.charCodeAt(0) === code).sort((a, b) => b.start.length - a.start.length),
  ]),
);

/** The shape that a run of token characters has at `at`; it ends at `end`. Looks at a bounded number of characters. */
export function shapeAt(text: string, at: number, end: number): Shape | undefined {
  const candidates = shapesByFirst.get(text.charCodeAt(at));
  if (candidates === undefined) return undefined;
  for (const shape of candidates) {
    const from = at + shape.start.length;
    const length = end - from;
    if (length < shape.least || (shape.exactly === true && length !== shape.least)) continue;
    if (text.startsWith(shape.start, at) && consistsOf(shape, text, from)) return shape;
  }
  return undefined;
}

function consistsOf({ of, least }: Shape, text: string, from: number): boolean {
  if (of === undefined) return true;
  let mixed = false;
  for (let at = from; at < from + least; at++) {
    const code = text.charCodeAt(at);
    const digit = code >= 48 && code <= 57;
    const upper = code >= 65 && code <= 90;
    const hex = digit || (code >= 97 && code <= 102);
    const lower = code >= 97 && code <= 122;
    mixed ||= digit || upper;
    if (of === "hex" && !hex) return false;
    if (of === "upper case and digits" && !digit && !upper) return false;
    if (of === "letters and digits" && !digit && !upper && !lower) return false;
  }
  return of !== "not lower case alone" || mixed;
}
