/** Rectangles of the picture as {x0, y0, x1, y1} in pixels. */

export function grown(rect, margin) {
  return { x0: rect.left - margin, y0: rect.top - margin, x1: rect.right + margin, y1: rect.bottom + margin };
}

export function unite(list) {
  return {
    x0: Math.min(...list.map((r) => r.x0)),
    y0: Math.min(...list.map((r) => r.y0)),
    x1: Math.max(...list.map((r) => r.x1)),
    y1: Math.max(...list.map((r) => r.y1)),
  };
}

export const area = (r) => (r.x1 - r.x0) * (r.y1 - r.y0);

/** Even, inside the picture, and joined where joining costs few pixels. */
export function tidy(rectangles, size, single) {
  const even = rectangles
    .map((r) => ({
      x0: Math.max(0, Math.floor(r.x0 / 2) * 2),
      y0: Math.max(0, Math.floor(r.y0 / 2) * 2),
      x1: Math.min(size.width, Math.ceil(r.x1 / 2) * 2),
      y1: Math.min(size.height, Math.ceil(r.y1 / 2) * 2),
    }))
    .filter((r) => r.x1 > r.x0 && r.y1 > r.y0);
  const kept = [];
  for (let rect of even) {
    for (let i = 0; i < kept.length; ) {
      const both = unite([kept[i], rect]);
      if (single || area(both) <= 1.2 * (area(kept[i]) + area(rect))) {
        rect = both;
        kept.splice(i, 1);
        i = 0;
      } else i++;
    }
    kept.push(rect);
  }
  return kept;
}
