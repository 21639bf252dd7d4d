import { randomBytes } from "node:crypto";

/** Ten characters `[A-Za-z0-9_-]`: 60 random bits, so that two histories are never taken for one. */
export const newEpoch = (): string => randomBytes(8).toString("base64url").slice(0, 10);
