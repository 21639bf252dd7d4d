/** Advisories about others' servers, and what of each this server has a test for; advisories.test.ts holds them together. */

export interface Advisory {
  /** Test names begin with it. */
  readonly id: string;
  readonly of: string;
  readonly bug: string;
  /** The row of the attacks whose tests would have found it. */
  readonly row: string;
}

const of =
  (name: string) =>
  (id: string, bug: string, row: string): Advisory => ({ id, of: name, bug, row });

const ws = of("ws");
const engine = of("engine.io");
const socket = of("socket.io");
const jwt = of("JWT libraries");
const undici = of("undici");
const fastify = of("fastify");
const node = of("Node");
const redis = of("Redis and its clients");

export const advisories: readonly Advisory[] = [
  ws("CVE-2026-48779", "memory by tiny fragments (GHSA-96hv)", "A18"),
  ws("CVE-2026-45736", "uninitialised memory in a close frame (GHSA-58qx)", "A26"),
  ws("ws #2329", "empty fragments pass the limit", "A18"),
  ws("CVE-2024-37890", "a crash by too many headers", "A20"),
  ws("CVE-2021-32640", "a slow expression over Sec-WebSocket-Protocol", "A20"),
  ws("GHSA-5v72", "extensions named like parts of a prototype", "A12"),
  ws("CVE-2016-10542", "a huge message", "A17"),
  ws("CVE-2016-10518", "memory disclosed by a ping", "A17"),
  engine("CVE-2022-21676", "a reserved bit before anybody listens", "A26"),
  engine("CVE-2022-41940", "an exception by a reset in the upgrade", "A26"),
  engine("CVE-2023-31125", "an exception by a transport named __proto__", "A26"),
  engine("CVE-2020-36048", "endless bodies of long polls", "A25"),
  of("python-engineio")("GHSA-cgwc", "a thread for each PONG", "A21"),
  socket("CVE-2024-38355", "a client emits `error`", "A26"),
  socket("CVE-2020-28481", "every origin is allowed", "A1"),
  socket("CVE-2026-33151", "attachments without end", "A27"),
  socket("CVE-2023-32695", "an event's name of any type", "A26"),
  socket("CVE-2022-2421", "a placeholder of any type", "A27"),
  socket("CVE-2020-36049", "a packet that is slow to decode", "A14"),
  jwt("CVE-2022-23539", "keys that are too weak", "A3"),
  jwt("CVE-2022-23540", "alg none by default", "A3"),
  jwt("CVE-2022-23541", "a public key as a secret", "A3"),
  jwt("GHSA-869p", "an HMAC that is not verified", "A3"),
  jwt("CVE-2023-48223", "another form of the public key as a secret", "A3"),
  jwt("CVE-2026-34950", "the same behind white space", "A3"),
  jwt("CVE-2026-35042", "crit is passed over", "A4"),
  jwt("CVE-2024-28176", "an encrypted token that inflates", "A16"),
  of("Centrifugo")("CVE-2026-32301", "keys are fetched from where a claim says", "A5"),
  of("Centrifugo")("CVE-2026-49998", "keys of one issuer stand for another's", "A5"),
  undici("CVE-2026-1525", "two lengths", "A50"),
  undici("CVE-2026-1526", "a message that inflates", "A15"),
  undici("CVE-2026-1527", "a line end in an upgrade", "A34"),
  undici("CVE-2026-1528", "a length of 64 bits", "A17"),
  undici("CVE-2026-2229", "window bits out of their range", "A15"),
  undici("CVE-2026-2581", "memory for what is asked twice", "A34"),
  undici("CVE-2026-22036", "a chain of encodings", "A16"),
  fastify("CVE-2022-39288", "a crash by a media type", "A50"),
  fastify("CVE-2025-32442", "a media type in other letters passes the check", "A50"),
  fastify("CVE-2026-25223", "a tab after the media type", "A50"),
  fastify("CVE-2026-3419", "more after the media type", "A50"),
  fastify("CVE-2026-33806", "a space before the media type", "A50"),
  fastify("CVE-2026-25224", "a stream nobody reads fills the memory", "A23"),
  fastify("CVE-2022-39386", "a malformed packet ends the process", "A26"),
  node("CVE-2026-21710", "a header named __proto__", "A12"),
  node("CVE-2026-21637", "an exception by a server name in TLS", "A26"),
  node("CVE-2026-21714", "a fault in HTTP/2 flow control", "A17"),
  node("CVE-2026-21717", "keys made to collide", "A14"),
  redis("CVE-2021-29469", "a slow expression in monitor mode", "A13"),
  redis("CVE-2023-28858", "answers that belong to another question", "A44"),
  redis("CVE-2024-31228", "endless patterns", "A42"),
  redis("CVE-2025-21605", "memory before a password", "A43"),
  redis("CVE-2025-49844", "scripts that reach freed memory", "A43"),
  redis("CVE-2026-23479", "blocked clients that reach freed memory", "A43"),
  of("OpenClaw")("CVE-2026-25253", "an address in the link gets the token", "A1"),
  of("OpenClaw")("CVE-2026-26317", "requests of other pages change things", "A32"),
];
