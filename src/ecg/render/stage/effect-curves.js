/**
 * Curves in time for effects.js: easings by the names that authors use, waves, and noise that repeats.
 *
 * Springs and overshoots become piecewise linear easings (`linear(…)`), so the browser runs them by itself.
 */

const OUT = {
  sine: (t) => Math.sin((t * Math.PI) / 2),
  expo: (t) => (t === 1 ? 1 : 1 - 2 ** (-10 * t)),
  circ: (t) => Math.sqrt(1 - (t - 1) ** 2),
  back: (t, overshoot = 1.70158) => 1 + (overshoot + 1) * (t - 1) ** 3 + overshoot * (t - 1) ** 2,
  elastic: (t, amplitude = 1, period = 0.3) => {
    if (t === 0 || t === 1) return t;
    const height = Math.max(1, amplitude);
    const length = period / Math.min(1, Math.max(0.05, amplitude));
    const shift = (length / (2 * Math.PI)) * Math.asin(1 / height);
    return 1 + height * 2 ** (-10 * t) * Math.sin(((t - shift) * 2 * Math.PI) / length);
  },
};

/** A CSS easing for a name such as `power2.out`, `back.out(2)` or `elastic.out(1, 0.3)`; `linear` for no known name. */
export function ease(name) {
  const [, family, way, list] = /^([a-z]+)([1-4]?\.(?:in|out|inOut))?(?:\(([\d.,\s]*)\))?$/.exec(name) ?? [];
  const power = family === "power" ? Number(way?.[0]) : 0;
  const out = power
    ? (t) => 1 - (1 - t) ** (power + 1)
    : Object.hasOwn(OUT, family ?? "")
      ? OUT[family]
      : null;
  if (!out || !way) return "linear";
  const given = list ? list.split(",").map(Number).filter(Number.isFinite) : [];
  if (way.endsWith(".out")) return sampled((t) => out(t, ...given));
  if (way.endsWith(".in")) return sampled((t) => 1 - out(1 - t, ...given));
  return sampled((t) => (t < 0.5 ? (1 - out(1 - 2 * t, ...given)) / 2 : (1 + out(2 * t - 1, ...given)) / 2));
}

/** A spring that swings about its goal, the slower the lower `strength` (0…1) is. */
export function spring(strength) {
  return ease(`elastic.out(1, ${0.3 / Math.max(0.3, strength)})`);
}

/** A function on 0…1 as a piecewise linear CSS easing. */
function sampled(curve, points = 32) {
  const values = Array.from({ length: points + 1 }, (_, i) => Number(curve(i / points).toFixed(4)));
  return `linear(${values.join(", ")})`;
}

/** Keyframes that follow `frame(p)` for p in 0…1. */
export function traced(frame, points = 16) {
  return Array.from({ length: points + 1 }, (_, i) => ({ offset: i / points, ...frame(i / points) }));
}

export const inOutCubic = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
export const SINE_OUT = "cubic-bezier(0.61, 1, 0.88, 1)";
export const SINE_IN = "cubic-bezier(0.12, 0, 0.39, 0)";
export const SINE_IN_OUT = "cubic-bezier(0.37, 0, 0.63, 1)";

/** One period of a sine between the values `high` and `low`, starting and ending at `rest`. */
export function wave(rest, high, low) {
  return [
    { offset: 0, ...rest, easing: SINE_OUT },
    { offset: 0.25, ...high, easing: SINE_IN_OUT },
    { offset: 0.75, ...low, easing: SINE_IN },
    { offset: 1, ...rest },
  ];
}

/** Repeatable noise (mulberry32): a function that gives numbers in -1…1. */
export function noise(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2147483648 - 1;
  };
}
