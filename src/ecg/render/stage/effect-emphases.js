/**
 * Effects that move text that is there, or change its look. Before their window the text is plain.
 * The shape of an entry is described in effects.js.
 */
import { colourOr, faded, ownShadow } from "./effect-colours.js";
import { ease, SINE_IN_OUT, wave } from "./effect-curves.js";

/** In ems. The painter expects glows and ghosts within a bit more than an em of their letters. */
const MOST_GHOST = 0.6;

export const EMPHASES = {
  glitch: {
    unit: "whole",
    params: { glitchIntensity: 5, animationDuration: 2, colorSeparation: true, noiseEffect: true },
    parts: (p, { px, em, random, unit }) => {
      const behind = ownShadow(unit);
      const reach = p.glitchIntensity * px;
      const jumps = Array.from({ length: 20 }, () => [random() * reach, random() * reach * 0.4]);
      const still = { offset: 1, translate: "0px 0px" };
      const shift = ([x, y], i) => ({ offset: i / 20, translate: `${x}px ${y}px`, easing: "step-end" });
      const apart = Math.min(1, (MOST_GHOST * em) / Math.max(reach, 0.01));
      const ghosts = ([x, y], i) => ({
        offset: i / 20,
        textShadow: ghostPair(x * apart, y * apart) + behind,
        easing: "step-end",
      });
      const blink = (at) => ({
        from: at,
        to: at + 0.04,
        frames: [
          { offset: 0, opacity: 0.2 },
          { offset: 1, opacity: 0.2 },
        ],
      });
      const first = Math.min(0.9, 0.5 / p.animationDuration);
      const tracks = [blink(first), blink(Math.min(0.95, 2 * first))];
      if (p.noiseEffect) tracks.push({ frames: [...jumps.map(shift), still] });
      if (p.colorSeparation) tracks.push({ on: "inks", frames: jumps.map(ghosts) });
      return tracks;
    },
  },
  glow: {
    unit: "whole",
    params: { color: "#00ffff", intensity: 0.4, pulse: true, cycles: 8 },
    parts: (p, { px, em, unit }) => {
      const colour = colourOr(p.color, "#00ffff");
      const behind = ownShadow(unit);
      const at = (strength) => {
        const ring = (blur, alpha) => `0px 0px ${Math.min(blur * px, em)}px ${faded(colour, alpha)}`;
        const halo = ring(24, strength / 2);
        return {
          textShadow: [6, 12, 18].map((blur) => ring(blur, strength)).join(", ") + `, ${halo}${behind}`,
        };
      };
      if (!p.pulse) return [{ on: "inks", fill: "forwards", frames: [at(p.intensity), at(p.intensity)] }];
      return [
        {
          on: "inks",
          fill: "forwards",
          repeat: p.cycles,
          frames: [
            { offset: 0, ...at(p.intensity), easing: SINE_IN_OUT },
            { offset: 0.4, ...at(p.intensity + 0.3), easing: SINE_IN_OUT },
            { offset: 0.8, ...at(p.intensity - 0.2), easing: SINE_IN_OUT },
            { offset: 1, ...at(p.intensity) },
          ],
        },
      ];
    },
  },
  flames: {
    unit: "whole",
    params: { baseOpacity: 0.8, flicker: 0.3, cycles: 12 },
    parts: (p, { em, random, unit }) => {
      const behind = ownShadow(unit);
      const tongues = [
        ["#fff4c2", 0, 0.06],
        ["#ffd84a", 0.1, 0.1],
        ["#ff9a1f", 0.22, 0.16],
        ["#ff4d0a", 0.36, 0.24],
        ["#b81800", 0.52, 0.34],
      ];
      const burning = () => {
        const strength = p.baseOpacity + random() * p.flicker;
        const tongue = ([colour, height, blur]) => {
          const x = random() * height * 0.25 * em;
          const y = -height * em * (1 + random() * Math.min(0.4, p.flicker));
          return `${x}px ${y}px ${blur * em}px ${faded(colour, strength)}`;
        };
        return { textShadow: tongues.map(tongue).join(", ") + behind };
      };
      const first = burning();
      return [
        {
          on: "inks",
          fill: "forwards",
          repeat: p.cycles,
          frames: [first, burning(), burning(), burning(), burning(), first],
        },
      ];
    },
  },
  pulse: {
    unit: "whole",
    params: { maxScale: 1.2, cycles: 1 },
    parts: (p) => [
      {
        repeat: p.cycles,
        fill: left(p.cycles),
        frames: [
          { offset: 0, scale: 1, easing: SINE_IN_OUT },
          { offset: 0.5, scale: p.maxScale, easing: SINE_IN_OUT },
          { offset: 1, scale: 1 },
        ],
      },
    ],
  },
  pop: {
    unit: "whole",
    params: { maxScale: 1.2 },
    parts: (p) => [
      {
        fill: "forwards",
        frames: [
          { offset: 0, scale: 1, easing: ease("back.out") },
          { offset: 1, scale: p.maxScale },
        ],
      },
    ],
  },
  bobY: {
    unit: "whole",
    params: { amplitudePx: 8, cycles: 1 },
    parts: (p, { px }) => [swing(0, p.amplitudePx * px, p.cycles)],
  },
  waveY: {
    unit: "whole",
    params: { amplitudePx: 8, frequency: 2 },
    parts: (p, { px }) => [swing(0, p.amplitudePx * px, p.frequency)],
  },
  shakeX: {
    unit: "whole",
    params: { amplitudePx: 6, cycles: 8 },
    parts: (p, { px }) => [swing(p.amplitudePx * px, 0, p.cycles)],
  },
  spin: {
    unit: "whole",
    params: { fullTurns: 1 },
    parts: (p) => [
      {
        fill: left(p.fullTurns),
        frames: [
          { offset: 0, rotate: "0deg" },
          { offset: 1, rotate: `${360 * p.fullTurns}deg` },
        ],
      },
    ],
  },
  fadeOut: {
    unit: "whole",
    params: {},
    parts: () => [{ fill: "forwards", frames: [{ offset: 1, opacity: 0 }] }],
  },
};

function ghostPair(x, y) {
  return `${x}px ${y}px 0px #ff0040, ${-x}px ${-y}px 0px #00ffff`;
}

/** Whole turns end where they began and leave nothing behind; others stay where they stop. */
function left(cycles) {
  return Number.isInteger(cycles) ? "none" : "forwards";
}

/** Sines about the resting place, as far as (`x`, `y`) pixels. */
function swing(x, y, cycles) {
  return {
    repeat: cycles,
    fill: left(cycles),
    frames: wave({ translate: "0px 0px" }, { translate: `${x}px ${y}px` }, { translate: `${-x}px ${-y}px` }),
  };
}
