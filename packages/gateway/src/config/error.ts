/** The configuration cannot be used; the message names the source, the key and what is wrong. */
export class ConfigError extends Error {
  override name = "ConfigError";
}
