/**
 * Hidden fields: members of event data that some people may not see. `compileHiding(rules)` is made once, from
 * configuration; `viewOf(identity)` when somebody comes in, or comes again with another token; whoever has a View is
 * sent what `publication()` and `state()` give back, and nothing else.
 *
 * - A member is found by its exact name, at any depth of `data`. Its value becomes `[hidden]`, whatever it was, so that
 *   everybody sees that there is something. Channel, position, type, id, metadata and other members of the message stay.
 * - People to whom the same rules apply share one View, and one changed publication with one encoding: a thousand
 *   viewers cost as much as one. An event without such a member is given back as it is.
 * - Tags that the catalogue takes out of data are taken from what is left, if filters look at the changed publication.
 *   They have to: a filter on the true value would tell it.
 * - A state is folded from true events by the gateway, and hidden by the same names, of whichever type they were. A reducer
 *   that keeps a value under another name keeps it visible.
 */
export type { HideRule, Hiding } from "./hiding.ts";
export { compileHiding } from "./hiding.ts";
export type { View } from "./view.ts";
