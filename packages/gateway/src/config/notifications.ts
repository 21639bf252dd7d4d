/** The part of the configuration that is about telling people (spec/protocol.md §15). */
import Type, { type Static } from "typebox";
import { Allowed } from "../notifications/addresses.ts";
import { ConfigError } from "./error.ts";

export const notificationsSchema = Type.Object(
  {
    contact: Type.Optional(
      Type.String({
        pattern: "^(mailto:[^@\\s]+@[^@\\s]+|https://\\S+)$",
        description: "Whom push services write to about your messages, such as mailto:ops@example.org.",
      }),
    ),
    allow: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
        maxItems: 1_000,
        description:
          "Host names, addresses and networks, such as hooks.internal and 10.0.0.0/8, that webhooks may reach although they " +
          "are not on the public internet; over http too, and at any port.",
      }),
    ),
    ports: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
        maxItems: 64,
        description: "Ports of all other webhooks and push services; [443, 8443] if absent.",
      }),
    ),
  },
  { additionalProperties: false, description: "Web Push and webhooks." },
);

/** With what is meant where nothing is said. */
export interface NotificationsConfig {
  contact: string | undefined;
  /** Checked. */
  allow: readonly string[];
  ports: readonly number[];
}

export function notificationsConfig(
  given: Static<typeof notificationsSchema> = {},
  source: string,
): NotificationsConfig {
  const { contact, allow = [], ports = [443, 8443] } = given;
  try {
    new Allowed(allow);
  } catch (error) {
    throw new ConfigError(`${source}: notifications.allow: ${error instanceof Error ? error.message : error}`);
  }
  return { contact, allow, ports };
}
