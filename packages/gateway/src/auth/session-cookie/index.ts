/** People who are logged in somewhere else already: their cookie is shown to whoever gave it, or its signature is checked. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Done, Failure, Identity } from "@signalbox/core";
import type { SessionCookieConfig } from "../../config/auth.ts";
import type { IdentityAuthenticator } from "../identity-authenticator.ts";
import { askJson, checkAddress } from "../outward.ts";
import { cookieIn, cookieLength } from "./cookie.ts";
import { readSaid } from "./said.ts";

export interface SessionCookieOptions {
  /** Milliseconds since 1970. */
  nowMs?: () => number;
  /** Milliseconds of a clock that is never set. */
  steadyMs?: () => number;
  /** For the log: what goes wrong with the application. Never holds a cookie. */
  onProblem?: (problem: string) => void;
}

export interface SessionCookieAuthenticator extends IdentityAuthenticator {
  /** The token of a request: the value of its cookie. Only to be asked where the Origin was checked. */
  tokenIn(cookieHeader: string | undefined): string | undefined;
}

/** Throws Error with a sentence for a configuration that must not be used. */
export function sessionCookie(
  config: SessionCookieConfig,
  options: SessionCookieOptions = {},
): SessionCookieAuthenticator {
  const { callback, secrets } = config;
  if ((callback === undefined) === (secrets === undefined))
    throw new Error("a session cookie needs either callback or secrets");
  const identify = callback === undefined ? signed(config, secrets ?? [], options) : asked(config, callback, options);
  return {
    tokenIn: (header) => cookieIn(header, config.cookie),
    recognises: (token) => token.length <= cookieLength,
    authenticate: identify,
  };
}

type Identify = (token: string, done: Done<Identity>) => void;

const nobody: Failure = { failed: "unauthenticated", message: "this session is not known" };
const unavailable: Failure = {
  failed: "unavailable",
  message: "nobody can say whose session this is now",
  details: { retryAfterMs: 2_000 },
};

function signed(
  config: SessionCookieConfig,
  secrets: readonly string[],
  { nowMs = Date.now }: SessionCookieOptions,
): Identify {
  return (token, done) => {
    const dot = token.lastIndexOf(".");
    const value = token.slice(0, Math.max(0, dot));
    const signature = Buffer.from(token.slice(dot + 1), "base64url");
    // Every secret is tried, so that the time does not say which one it was.
    let matches = false;
    for (const secret of secrets) {
      const expected = createHmac("sha256", secret).update(value).digest();
      if (signature.length === expected.length && timingSafeEqual(signature, expected)) matches = true;
    }
    done((matches && readSaid(parse(value), config, nowMs(), true)) || nobody);
  };
}

function parse(value: string): unknown {
  try {
    return JSON.parse(Buffer.from(value, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

const maxBytes = 16_384;
const mostAtOnce = 32;
const mostKept = 1_000;

function asked(
  config: SessionCookieConfig,
  { url: address, timeoutMs = 3_000, cacheMs = 5_000 }: NonNullable<SessionCookieConfig["callback"]>,
  { nowMs = Date.now, steadyMs = () => performance.now(), onProblem = () => {} }: SessionCookieOptions,
): Identify {
  const url = checkAddress(address, "callback.url");
  /** By hash of the cookie, oldest first. Nobody is kept too, so that a flood of one bad cookie is one question. */
  const kept = new Map<string, { answer: Identity | Failure; untilMs: number }>();
  const waiting = new Map<string, Array<Done<Identity>>>();

  const question = async (token: string): Promise<Identity | Failure> => {
    try {
      const headers = { cookie: `${config.cookie}=${token}` };
      const { status, body } = await askJson(url, { timeoutMs, maxBytes, headers });
      if (status === 401 || status === 403 || status === 404) return nobody;
      if (status !== 200) throw new Error(`${url.host} answered ${status}`);
      return readSaid(body, config, nowMs(), false) ?? nobody;
    } catch (error) {
      onProblem(`a session could not be looked up: ${error instanceof Error ? error.message : error}`);
      return unavailable;
    }
  };

  return (token, done) => {
    if (token.length > cookieLength || !/^[!-~]+$/.test(token)) {
      done(nobody);
      return;
    }
    const hash = createHash("sha256").update(token).digest("base64");
    const known = kept.get(hash);
    if (known !== undefined && known.untilMs > steadyMs()) {
      done(stillIs(known.answer, nowMs()));
      return;
    }
    const others = waiting.get(hash);
    if (others !== undefined) others.push(done);
    else if (waiting.size >= mostAtOnce) done(unavailable);
    else {
      const asking = [done];
      waiting.set(hash, asking);
      void question(token).then((answer) => {
        waiting.delete(hash);
        kept.delete(hash);
        if (answer !== unavailable && cacheMs > 0) {
          kept.set(hash, { answer, untilMs: steadyMs() + cacheMs });
          if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? "");
        }
        for (const one of asking) one(answer);
      });
    }
  };
}

/** A session may end while its answer is kept. */
function stillIs(answer: Identity | Failure, nowMs: number): Identity | Failure {
  return "expiresAtMs" in answer && (answer.expiresAtMs ?? 0) <= nowMs ? nobody : answer;
}
