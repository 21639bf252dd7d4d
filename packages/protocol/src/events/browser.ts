import Type from "typebox";
import { defineEvent } from "./define.ts";
import { flag, id, text, timestamp, whole } from "./fields.ts";

export const browserEvents = [
  defineEvent({
    type: "browser_update",
    version: "1.0",
    delivery: "latest",
    summary: "A watched browser shows something new.",
    channel: ["browser:{sessionId}"],
    data: Type.Object({
      sessionId: id("The browser session it is about."),
      screenshot: Type.Optional(Type.String({ contentEncoding: "base64", description: "The picture, in base64." })),
      mediaType: Type.Optional(text("What kind of picture it is; image/jpeg if absent.")),
      url: Type.Optional(text("The page's address.")),
      title: Type.Optional(text("The page's title.")),
      width: Type.Optional(whole("Width of the picture in pixels.", 1)),
      height: Type.Optional(whole("Height of the picture in pixels.", 1)),
      keyframe: Type.Optional(flag("It is kept for replay.")),
      timestamp: Type.Optional(timestamp()),
    }),
    example: { sessionId: "b1", url: "https://shop.example/cart", title: "Cart", screenshot: "/9j/4AAQSkZJRg==" },
  }),
] as const;
