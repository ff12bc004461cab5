/**
 * Captions with intention: the effects that say how a word sounds.
 * The shape of an entry is described in effects.js.
 */
import { colourOr } from "./effect-colours.js";
import { ease, inOutCubic, SINE_IN, SINE_OUT, traced, wave } from "./effect-curves.js";

const WAITING_WHITE = "#ffffffe6";

export const INTENTIONS = {
  "cwi-color": {
    unit: "char",
    params: { color: null, bulk: false },
    parts: (p, { i, n, unit, colour }) => {
      const target = colourOr(p.color, colourOr(colour, "#ffd400"));
      const [from, to] = p.bulk ? [0, 1] : [i / n, (i + unit.size) / n];
      return [
        {
          on: "inks",
          from,
          to,
          fill: "both",
          frames: [
            { offset: 0, color: WAITING_WHITE, easing: ease("power2.out") },
            { offset: 1, color: target },
          ],
        },
      ];
    },
  },
  "cwi-bouncing": {
    unit: "char",
    params: { waveHeight: 12, letterDuration: 0.6, scale: 1.15 },
    parts: (p, { i, n, px }) => {
      const begin = n > 1 ? ((1 - p.letterDuration) * i) / (n - 1) : (1 - p.letterDuration) / 2;
      const hop = (t) => ({
        translate: `0px ${(-p.waveHeight * px * Math.sin(Math.PI * inOutCubic(t))).toFixed(3)}px`,
      });
      return [{ from: begin, to: begin + p.letterDuration, frames: traced(hop) }];
    },
    host: (p, { px }) => [
      {
        frames: [
          { offset: 0, translate: "0px 0px", scale: 1, easing: SINE_OUT },
          { offset: 0.5, translate: `0px ${-0.3 * p.waveHeight * px}px`, scale: p.scale, easing: SINE_IN },
          { offset: 1, translate: "0px 0px", scale: 1 },
        ],
      },
    ],
  },
  "cwi-loud": {
    unit: "whole",
    params: { "pulse.scale": 2.15, "pulse.lift": 12, "tremble.ampPx": 1.5, "tremble.freq": 12 },
    parts: (p, { px, seconds, random }) => {
      const reach = p["tremble.ampPx"] * px;
      const [home, ...away] = Array.from({ length: 4 }, () => ({
        translate: `${random() * reach}px ${random() * reach}px`,
      }));
      return [
        grown(p["pulse.scale"], -p["pulse.lift"] * px),
        held({ repeat: p["tremble.freq"] * 0.76 * seconds, frames: [home, ...away, home] }),
      ];
    },
  },
  "cwi-whisper": {
    unit: "whole",
    params: { "shrink.scale": 0.6, "shrink.drop": 6, "flutter.amp": 0.02, "flutter.freq": 8 },
    parts: (p, { px, seconds }) => [
      grown(p["shrink.scale"], p["shrink.drop"] * px),
      held({
        repeat: p["flutter.freq"] * 0.76 * seconds,
        frames: wave({ scale: 1 }, { scale: 1 + p["flutter.amp"] }, { scale: 1 - p["flutter.amp"] }),
      }),
    ],
  },
};

/** Change size and height within the first 12 % of the window, hold, and come back in the last 12 %. */
function grown(scale, dy) {
  const away = { translate: `0px ${dy}px`, scale };
  const plain = { translate: "0px 0px", scale: 1 };
  return {
    frames: [
      { offset: 0, ...plain, easing: ease("power2.out") },
      { offset: 0.12, ...away },
      { offset: 0.88, ...away, easing: ease("power2.in") },
      { offset: 1, ...plain },
    ],
  };
}

/** A track over the hold between, on top of `grown`. */
function held(track) {
  return { from: 0.12, to: 0.88, composite: "add", ...track };
}
