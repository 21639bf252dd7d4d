/** Follows a browser's channel and draws its newest picture on a canvas. */
import type { Client, Readable, WatchState } from "@signalbox/client";
import { cell, paced } from "../stores/readable.ts";
import { type Frame, frameIn } from "./frame.ts";
import { newestOnly } from "./newest.ts";

export interface ViewportView {
  status: WatchState["status"];
  /** Of what is drawn. */
  frame: (Omit<Frame, "picture"> & { width: number; height: number; bytes: number }) | undefined;
  /** Pictures that came, and those that were drawn: where they come faster than they can be drawn, the newest is. */
  received: number;
  drawn: number;
  /** Why the newest one is not shown. */
  fault: string | undefined;
  error: string | undefined;
}

/** Words beside the picture need not follow at its rate. */
const wordsEveryMs = 250;
/** What came last may be a change of who drives: the last picture is a little before it. */
const startLength = 10;

const nothing: ViewportView = {
  ...{ status: "offline", frame: undefined, received: 0, drawn: 0, fault: undefined, error: undefined },
};

export interface Viewport extends Readable<ViewportView> {
  /** Where to draw; what is drawn already is drawn there. Undefined: nowhere. */
  drawOn(canvas: HTMLCanvasElement | null): void;
}

/** Follows as long as somebody listens. */
export function openViewport(client: Client, channel: string): Viewport {
  const view = cell(nothing);
  let canvas: HTMLCanvasElement | null = null;
  let last: Frame | undefined;
  let received = 0;
  const change = (more: Partial<ViewportView>) => view.set({ ...view.snapshot(), ...more });
  const draw = async (frame: Frame): Promise<void> => {
    let bitmap: ImageBitmap | undefined;
    try {
      bitmap = await createImageBitmap(frame.picture);
      const { width, height } = bitmap;
      if (canvas) {
        if (canvas.width !== width) canvas.width = width;
        if (canvas.height !== height) canvas.height = height;
        canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
      }
      const { picture, ...facts } = frame;
      change({
        frame: { ...facts, width, height, bytes: picture.size },
        drawn: view.snapshot().drawn + 1,
        fault: undefined,
      });
    } catch {
      change({ fault: `Its ${frame.picture.size.toLocaleString("en")} bytes are not a picture that can be read.` });
    } finally {
      bitmap?.close();
    }
  };
  const pump = newestOnly(draw);
  const take = (found: Frame | string | undefined) => {
    if (found === undefined) return;
    change({ received: ++received });
    if (typeof found === "string") return change({ fault: found });
    last = found;
    pump.push(found);
  };
  const follow = (): (() => void) => {
    const watch = client.watch(channel, {
      since: { last: startLength },
      filter: { types: ["browser_update"] },
      onEvent: (event) => take(frameIn(event)),
      onState: ({ status }) => change({ status }),
      onError: ({ message, help }) => change({ status: "refused", error: `${message} ${help}` }),
    });
    return () => watch.stop();
  };
  const followed: Readable<ViewportView> = {
    snapshot: view.snapshot,
    subscribe: (listener) => {
      const stops = [view.subscribe(listener), follow()];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
  return {
    ...paced(followed, wordsEveryMs),
    drawOn: (place) => {
      canvas = place;
      if (place && last) pump.push(last);
    },
  };
}
