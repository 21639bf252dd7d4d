/** The gateway under attack, as far as it can be looked at. */
import { authority } from "../attacker/line.ts";

export interface LoopDelay {
  p99Ms: number;
  maxMs: number;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** Of another principal, so that limits can tell attacker and healthy client apart. */
  readonly attackerToken: string;
  /** Undefined: not ours, nothing is known of its process. */
  readonly pid: number | undefined;
  /** It was started here and has ended by itself. */
  readonly ended: boolean;
  /** Faults it logged so far. */
  faults(): readonly string[];
  /** Since asked last; undefined where nothing is known of its process. */
  loopDelay(): Promise<LoopDelay | undefined>;
  end(): Promise<void>;
}

/** A name that a gateway gives itself when it starts: the same name is the same life of it. */
export async function lifeOf({ host, port, token }: Target): Promise<string> {
  const answer = await fetch(`http://${authority(host, port)}/v1/info`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  const info: unknown = await answer.json();
  if (typeof info === "object" && info !== null && "node" in info && typeof info.node === "string") return info.node;
  throw new Error(`this gateway does not say who it is (HTTP ${answer.status}): is SIGNALBOX_TOKEN its token?`);
}

/** A gateway that runs already. */
export function runningGateway(url: URL, token: string): Target {
  // 127.0.0.1 for localhost: what the name means elsewhere must not matter.
  const host = url.hostname === "localhost" ? "127.0.0.1" : url.hostname.replace(/^\[|\]$/g, "");
  return {
    host,
    port: Number(url.port || 80),
    token,
    // There is only the one.
    attackerToken: token,
    pid: undefined,
    ended: false,
    faults: () => [],
    loopDelay: async () => undefined,
    end: async () => {},
  };
}
