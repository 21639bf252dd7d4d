/** The head of a request as RFC 9112 wants it, with little mercy; and who may be let in with it. */

export interface Head {
  method: string;
  target: string;
  headers: ReadonlyArray<readonly [name: string, value: string]>;
  /** Where the body begins. */
  end: number;
}

const ofTokens = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const isToken = (text: string): boolean => text !== "" && [...text].every((one) => ofTokens.includes(one));

/** `undefined` for everything that has a line which is not exactly as it should be. `text` is Latin-1. */
export function strictHead(text: string): Head | undefined {
  // RFC 9112 §2.2 and §3 let a server pass over empty lines before the first one, and take several spaces in it for one.
  const begin = /^(?:\r\n)*/.exec(text)?.[0].length ?? 0;
  const end = text.indexOf("\r\n\r\n", begin);
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(begin, end).split("\r\n");
  const [method = "", target = "", version, ...more] = first.split(/ +/);
  if (!isToken(method) || !/^[!-~]+$/.test(target) || version !== "HTTP/1.1" || more.length > 0) return undefined;
  const headers: Array<readonly [string, string]> = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    const value = line.slice(colon + 1);
    if (!isToken(name) || !/^[\t -~\x80-\xff]*$/.test(value)) return undefined;
    headers.push([name.toLowerCase(), value.replace(/^[\t ]+|[\t ]+$/g, "")]);
  }
  return { method, target, headers, end: end + 4 };
}

const all = ({ headers }: Head, name: string): string[] =>
  headers.filter(([one]) => one === name).map(([, value]) => value);

/** Two who read it could disagree about where it ends. */
export function isAmbiguous(head: Head): boolean {
  const lengths = all(head, "content-length");
  const codings = all(head, "transfer-encoding");
  if (lengths.length > 1 || (lengths.length > 0 && codings.length > 0)) return true;
  if (lengths.some((length) => !/^[0-9]+$/.test(length))) return true;
  return codings.length > 1 || codings.some((coding) => coding.toLowerCase() !== "chunked");
}

/** What is spoken where; on all but the first the token comes with the upgrade. */
const spoken: ReadonlyMap<string, string> = new Map([
  ["/v1/ws", "signalbox.v1"],
  ["/ws/executions", "signalbox.executions.v1"],
  ["/ws/executions/e1", "signalbox.executions.v1"],
]);

/** Everything that an upgrade must have to be answered with 101. */
export function mayUpgrade(head: Head, host: string, token: string): boolean {
  const hosts = all(head, "host");
  const origins = all(head, "origin");
  const tokens = all(head, "authorization");
  const names = all(head, "sec-websocket-protocol").flatMap((value) => value.split(",").map((name) => name.trim()));
  const offered = names.filter((name) => name !== "");
  const brought = offered.filter((name) => name.startsWith("signalbox.token"));
  const path = head.target.split("?")[0] ?? "";
  const protocol = spoken.get(path);
  return (
    head.method === "GET" &&
    protocol !== undefined &&
    (path === "/v1/ws" || tokens.length + brought.length > 0) &&
    hosts.length === 1 &&
    isOwnHost(hosts[0] ?? "", host) &&
    origins.every((origin) => origin === `http://${hosts[0]?.toLowerCase()}`) &&
    origins.length <= 1 &&
    all(head, "upgrade").join().toLowerCase() === "websocket" &&
    ["8", "13"].includes(all(head, "sec-websocket-version").join()) &&
    /^[+/0-9A-Za-z]{22}==$/.test(all(head, "sec-websocket-key").join()) &&
    (offered.length === 0 || offered.includes(protocol)) &&
    tokens.length <= 1 &&
    tokens.every((one) => /^bearer +/i.test(one) && one.replace(/^bearer +/i, "") === token) &&
    (tokens.length > 0 || brought.every((name) => isTokenName(name, token)))
  );
}

const isOwnHost = (name: string, own: string): boolean =>
  [own, `localhost:${own.split(":")[1]}`, `[::1]:${own.split(":")[1]}`].includes(name.toLowerCase());

const isTokenName = (name: string, token: string): boolean =>
  name === `signalbox.token.${token}` ||
  (name.startsWith("signalbox.token64.") &&
    Buffer.from(name.slice("signalbox.token64.".length), "base64url").toString("utf8") === token);
