/** Lets one address have two routes: one for those whose Accept header asks for an event stream, one for the rest. */
import type { FastifyServerOptions } from "fastify";

type RouterOptions = NonNullable<FastifyServerOptions["routerOptions"]>;
type Strategy = NonNullable<RouterOptions["constraints"]>[string];
type Handler = NonNullable<ReturnType<ReturnType<Strategy["storage"]>["get"]>>;

const eventStream = "text/event-stream";

/** `constraints: { accept: "text/event-stream" }` in a route's options. */
export const eventStreamConstraint: Strategy = {
  name: "accept",
  // Routes without the constraint go on serving everybody.
  mustMatchWhenDerived: false,
  storage: () => {
    const handlers = new Map<unknown, Handler>();
    return {
      get: (type) => handlers.get(type) ?? null,
      set: (type, handler) => void handlers.set(type, handler),
    };
  },
  // fastify insists on one, though any value may be asked for.
  validate: () => {},
  deriveConstraint: ({ headers }) => (headers.accept?.includes(eventStream) ? eventStream : ""),
};
