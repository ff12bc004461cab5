/** The width of an element in CSS pixels, so that what is drawn in it keeps the size of its letters. */
import { type RefObject, useLayoutEffect, useRef, useState } from "react";

export function useWidth<E extends Element>(first: number): [RefObject<E | null>, number] {
  const place = useRef<E>(null);
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(entry.contentRect.width);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return [place, width];
}
