/** Hands and wheels on the lanes: drag and wheel move, pinch and Ctrl + wheel zoom, a click without a way chooses. */
import { type RefObject, useEffect, useRef } from "react";
import { moved, type Range, zoomed } from "./range.ts";

export interface Gestures {
  range: () => Range;
  onRange: (range: Range) => void;
  onHover: (x: number, y: number) => void;
  onLeave: () => void;
  onChoose: (x: number, y: number) => void;
}

/** Shorter ways are a click with a trembling hand. */
const clickPx = 4;

export function useGestures(element: RefObject<HTMLElement | null>, gestures: Gestures): void {
  const current = useRef(gestures);
  current.current = gestures;
  useEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    const pointers = new Map<number, { x: number; y: number }>();
    let way = 0;
    const place = (event: { clientX: number; clientY: number }) => {
      const box = target.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const msPerPx = () => {
      const { from, to } = current.current.range();
      return (to - from) / Math.max(1, target.clientWidth);
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      pointers.set(event.pointerId, place(event));
      target.setPointerCapture(event.pointerId);
      way = 0;
    };
    const move = (event: PointerEvent) => {
      const here = place(event);
      const before = pointers.get(event.pointerId);
      if (before === undefined) {
        current.current.onHover(here.x, here.y);
        return;
      }
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      pointers.set(event.pointerId, here);
      way += Math.abs(here.x - before.x) + Math.abs(here.y - before.y);
      const range = current.current.range();
      if (other !== undefined) {
        const apart = Math.max(20, Math.abs(before.x - other.x));
        const middle = range.from + ((here.x + other.x) / 2) * msPerPx();
        current.current.onRange(zoomed(range, apart / Math.max(20, Math.abs(here.x - other.x)), middle));
      } else if (way > clickPx) {
        current.current.onRange(moved(range, (before.x - here.x) * msPerPx()));
      }
    };
    const up = (event: PointerEvent) => {
      const was = pointers.delete(event.pointerId);
      const { x, y } = place(event);
      if (was && event.type === "pointerup" && way <= clickPx) current.current.onChoose(x, y);
    };
    const wheel = (event: WheelEvent) => {
      const range = current.current.range();
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const around = range.from + place(event).x * msPerPx();
        current.current.onRange(zoomed(range, Math.exp(event.deltaY * 0.004), around));
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        event.preventDefault();
        current.current.onRange(moved(range, sideways * msPerPx()));
      }
    };
    const leave = () => current.current.onLeave();
    target.addEventListener("pointerdown", down);
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", up);
    target.addEventListener("pointercancel", up);
    target.addEventListener("pointerleave", leave);
    target.addEventListener("wheel", wheel, { passive: false });
    return () => {
      target.removeEventListener("pointerdown", down);
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", up);
      target.removeEventListener("pointercancel", up);
      target.removeEventListener("pointerleave", leave);
      target.removeEventListener("wheel", wheel);
    };
  }, [element]);
}
