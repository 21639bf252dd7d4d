/** The attacks this project answers for, by id. rows.test.ts holds each against the tests there are. */

export interface Row {
  readonly id: string;
  /** The attack, in a line. */
  readonly what: string;
  /** Why no test can try it yet. Must go as soon as one does. */
  readonly notYet?: string;
}

export const rows: readonly Row[] = [
  { id: "A1", what: "a page of another site, or a rebound name, uses the gateway of its visitor" },
  { id: "A2", what: "a token in an address ends up in logs, histories and Referer headers" },
  { id: "A3", what: "a JWT chooses its own algorithm" },
  { id: "A4", what: "a JWT's header points to a key: kid, jku, x5u, jwk, crit" },
  { id: "A5", what: "keys are fetched from where a token says, or shared between issuers" },
  { id: "A6", what: "claims of the wrong type or outside their range" },
  { id: "A7", what: "a token ends while its connection lives" },
  { id: "A8", what: "a revoked token goes on working" },
  { id: "A9", what: "API keys are read from the disk, guessed, or compared slowly" },
  { id: "A10", what: "a channel is reached without the right to it, by resume, pattern or odd spelling" },
  { id: "A11", what: "a position or session of somebody else, or one that cannot be" },
  { id: "A12", what: "names of Object.prototype as keys, headers and parameters" },
  { id: "A13", what: "a filter or a name that is slow to match" },
  { id: "A14", what: "JSON that is deep, wide, or made to collide" },
  { id: "A15", what: "a WebSocket message that inflates" },
  { id: "A16", what: "a compressed body that inflates" },
  { id: "A17", what: "a frame that says it is huge" },
  { id: "A18", what: "a message of endless small fragments" },
  { id: "A19", what: "requests, bodies and upgrades that never end" },
  { id: "A20", what: "headers that are many, long or slow to read" },
  { id: "A21", what: "a flood of pings, pongs and closes" },
  { id: "A22", what: "a flood of subscriptions and channels" },
  { id: "A23", what: "clients that stop reading" },
  { id: "A24", what: "everybody connects at once" },
  { id: "A25", what: "long polls that are doubled, abandoned or huge" },
  { id: "A26", what: "a malformed packet that ends the process" },
  { id: "A27", what: "endless binary attachments" },
  { id: "A28", what: "an event's text that forges another Server-Sent Event" },
  { id: "A29", what: "text that a terminal or a log obeys" },
  { id: "A30", what: "text that a page runs" },
  { id: "A31", what: "a page without a policy to hold it" },
  { id: "A32", what: "a form or a fetch of another site changes something" },
  { id: "A33", what: "the dashboard in a frame of another site" },
  { id: "A34", what: "a webhook into the private network" },
  { id: "A35", what: "a webhook that is forged or replayed" },
  { id: "A36", what: "a secret in events, errors, logs or files" },
  { id: "A37", what: "a command without the right to it" },
  { id: "A38", what: "a command that is executed twice" },
  { id: "A39", what: "two decisions about one approval" },
  { id: "A40", what: "more messages than anybody may send" },
  { id: "A41", what: "one tenant sees or learns of another" },
  { id: "A42", what: "a channel's name that is a pattern to Redis" },
  { id: "A43", what: "a Redis that trusts everybody" },
  { id: "A44", what: "answers of Redis that belong to another question" },
  { id: "A45", what: "a path that leads out of its folder" },
  { id: "A46", what: "a web page inside an editor", notYet: "there is no editor extension yet (step 7)" },
  { id: "A47", what: "a hostile server against the Python SDK" },
  { id: "A48", what: "an address nobody thought to protect" },
  { id: "A49", what: "a dependency that is not what it was" },
  { id: "A50", what: "a request that two servers read differently" },
];
