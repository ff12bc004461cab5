/**
 * Named movements of words, as paused Web Animations.
 *
 * `animate(element, effect, context)` starts one effect on a `.word`, or on a `.box` to move a whole cue, and
 * returns its animations. The stage seeks them, so a frame is a pure function of time: there is no timer, no
 * transition and no chance (noise comes from `context.seed`). Names, default parameters and looks are those of
 * MotionText scenarios; `ecg.captions.effects` carries the same table for readers and warnings.
 *
 * An effect has a window on the cue's clock. Before it the text is as the effect begins (a letter that fades in
 * is not there yet, one that will pulse is plain), after it as the effect ends. What has no end value of its own
 * ends at the word's own look, so a colour flash ends in the colour that the word has by then.
 *
 * Channels are the individual transform properties (translate, rotate, scale), opacity, filter, colour and text
 * shadow. `compose` "replace" lets the later effect win channel by channel. "add" uses the additive composition of
 * CSS, in which positions and angles are summed and scales are multiplied. "multiply" does the same on the nested
 * `.glyphs`, whose opacity and scale multiply with those of the word.
 *
 * Lengths in pixels are those of a picture 720 pixels high and grow with it.
 */

const REFERENCE_HEIGHT = 720;
const WAITING_WHITE = "#ffffffe6";

/** Scripts whose letters join: cut into boxes they would lose their shapes, so they move as one. */
const JOINED = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Adlam}\p{Script=Mandaic}]/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

// ---------------------------------------------------------------- easing

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
function ease(name) {
  const [, family, way, list] = /^([a-z]+)([1-4]?\.(?:in|out|inOut))?(?:\(([\d.,\s]*)\))?$/.exec(name) ?? [];
  const power = family === "power" ? Number(way?.[0]) : 0;
  const out = power ? (t) => 1 - (1 - t) ** (power + 1) : Object.hasOwn(OUT, family ?? "") ? OUT[family] : null;
  if (!out || !way) return "linear";
  const given = list ? list.split(",").map(Number).filter(Number.isFinite) : [];
  if (way.endsWith(".out")) return sampled((t) => out(t, ...given));
  if (way.endsWith(".in")) return sampled((t) => 1 - out(1 - t, ...given));
  return sampled((t) => (t < 0.5 ? (1 - out(1 - 2 * t, ...given)) / 2 : (1 + out(2 * t - 1, ...given)) / 2));
}

/** A function on 0…1 as a piecewise linear CSS easing. */
function sampled(curve, points = 32) {
  const values = Array.from({ length: points + 1 }, (_, i) => Number(curve(i / points).toFixed(4)));
  return `linear(${values.join(", ")})`;
}

/** Keyframes that follow `frame(p)` for p in 0…1. */
function traced(frame, points = 16) {
  return Array.from({ length: points + 1 }, (_, i) => ({ offset: i / points, ...frame(i / points) }));
}

const inOutCubic = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
const SINE_OUT = "cubic-bezier(0.61, 1, 0.88, 1)";
const SINE_IN = "cubic-bezier(0.12, 0, 0.39, 0)";
const SINE_IN_OUT = "cubic-bezier(0.37, 0, 0.63, 1)";

/** One period of a sine between the values `high` and `low`, starting and ending at `rest`. */
function wave(rest, high, low) {
  return [
    { offset: 0, ...rest, easing: SINE_OUT },
    { offset: 0.25, ...high, easing: SINE_IN_OUT },
    { offset: 0.75, ...low, easing: SINE_IN },
    { offset: 1, ...rest },
  ];
}

// ---------------------------------------------------------------- the parts that move

function leavesOf(glyphs) {
  const syllables = [...glyphs.querySelectorAll(".syllable")];
  return syllables.length ? syllables : [glyphs];
}

/** Wrap each grapheme of `leaf` in a `.char`; done once, however many effects ask. */
function charsOf(leaf) {
  const done = [...leaf.querySelectorAll(".char")];
  if (done.length) return done;
  const parts = [...graphemes.segment(leaf.textContent)].map(({ segment }) => {
    if (!segment.trim()) return segment;
    const char = document.createElement("span");
    char.className = "char";
    char.style.display = "inline-block";
    char.textContent = segment;
    return char;
  });
  leaf.replaceChildren(...parts);
  return parts.filter((part) => part instanceof Element);
}

/** What an effect moves one after another: `box` takes movements and opacity, `inks` take colours and shadows. */
function unitsOf(element, kind, nested) {
  const glyphs = [...element.querySelectorAll(".glyphs")];
  if (kind === "char") {
    return glyphs.flatMap((part) => {
      if (JOINED.test(part.textContent)) return [{ box: part, inks: leavesOf(part), joined: true }];
      if (!part.dir) part.dir = "auto"; // boxes do not show the bidi algorithm their text
      return leavesOf(part).flatMap(charsOf).map((char) => ({ box: char, inks: [char] }));
    });
  }
  if (kind === "word" || nested) return glyphs.map((part) => ({ box: nested ? part : part.parentElement, inks: leavesOf(part) }));
  return [{ box: element, inks: glyphs.flatMap(leavesOf) }];
}

/** Repeatable noise (mulberry32): a function that gives numbers in -1…1. */
function noise(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2147483648 - 1;
  };
}

function colourOr(value, fallback) {
  return typeof value === "string" && CSS.supports("color", value) ? value : fallback;
}

const faded = (colour, alpha) => `color-mix(in srgb, ${colour} ${Math.round(Math.min(1, Math.max(0, alpha)) * 100)}%, transparent)`;

// ---------------------------------------------------------------- the effects
//
// unit     what moves by itself: "char", "word" or "whole" (the word, or the cue, that carries the effect)
// params   names and default values
// total    length in seconds of the effect's own clock, which is stretched over the window; 1 where left out
// parts    the tracks of one unit: {on, from, to, frames, …} on that clock. A track whose only frame stands at
//          offset 0 goes from there to the element's own look.
// host     tracks of the element that carries the effect, beside those of its units
//
// parts and host get (p, env): the parameters, and {i, n} index and number of units, px (one reference pixel),
// em (type size in pixels), seconds (of the window), random (noise), colour (of the word once spoken).

/** Appear and stay. */
const entrances = {
  fadein: {
    unit: "char",
    params: { staggerDelay: 0.1, animationDuration: 0.8, startOpacity: 0, scaleStart: 0.9, ease: "power2.out" },
    total: (p, n) => (n - 1) * p.staggerDelay + p.animationDuration + 0.4,
    parts: (p, { i }) => {
      const begin = i * p.staggerDelay;
      const whole = p.animationDuration + 0.4;
      const settled = p.animationDuration / whole;
      const easing = ease(p.ease);
      return [
        { from: begin, to: begin + whole, frames: [
          { offset: 0, opacity: p.startOpacity, scale: p.scaleStart, easing },
          { offset: settled, opacity: 1, scale: 1, easing: SINE_OUT },
          { offset: (settled + 1) / 2, opacity: 1, scale: 1.03, easing: SINE_IN_OUT },
          { offset: 1, opacity: 1, scale: 1 },
        ] },
        { on: "inks", from: begin, to: begin + p.animationDuration, frames: [{ offset: 0, color: "#999999", easing }] },
      ];
    },
  },
  slideup: {
    unit: "word",
    params: { slideDistance: 30, animationDuration: 1, staggerDelay: 0.12, easeType: "power2.out", blurEffect: true },
    total: (p, n) => (n - 1) * p.staggerDelay + 1.2 * p.animationDuration,
    parts: (p, { i, px }) => {
      const begin = i * p.staggerDelay;
      const arrived = begin + p.animationDuration;
      const easing = ease(p.easeType);
      const tracks = [
        { from: begin, to: arrived, frames: [{ offset: 0, translate: `0px ${p.slideDistance * px}px`, opacity: 0, easing }] },
        { on: "inks", from: begin, to: begin + 1.2 * p.animationDuration, frames: [{ offset: 0, color: "#888888", easing }] },
      ];
      if (p.blurEffect) tracks.push({ from: begin, to: arrived, fill: "backwards", frames: [{ offset: 0, filter: `blur(${3 * px}px)`, easing }] });
      return tracks;
    },
  },
  elastic: {
    unit: "word",
    params: { bounceStrength: 0.7, animationDuration: 1.5, staggerDelay: 0.1, startScale: 0, overshoot: 1.3 },
    total: (p, n) => (n - 1) * p.staggerDelay + 0.8 * p.animationDuration + 0.5,
    parts: (p, { i }) => {
      const begin = i * p.staggerDelay;
      return [
        { from: begin, to: begin + 0.7 * p.animationDuration, frames: [
          { offset: 0, scale: p.startScale, easing: ease(`elastic.out(1, ${0.3 / Math.max(0.3, p.bounceStrength)})`) },
          { offset: 4 / 7, scale: p.overshoot, easing: ease("power2.out") },
          { offset: 1, scale: 1 },
        ] },
        { on: "inks", from: begin, to: begin + 0.8 * p.animationDuration, frames: [{ offset: 0, color: "#666666" }] },
      ];
    },
  },
  scalepop: {
    unit: "char",
    params: { popScale: 1.5, animationDuration: 1.2, staggerDelay: 0.08, bounceStrength: 0.6, colorPop: true },
    total: (p, n) => (n - 1) * p.staggerDelay + p.animationDuration,
    parts: (p, { i }) => {
      const begin = i * p.staggerDelay;
      const end = begin + p.animationDuration;
      const tracks = [{ from: begin, to: end, frames: [
        { offset: 0, scale: 0, easing: ease("back.out(2)") },
        { offset: 0.4, scale: p.popScale, easing: ease(`elastic.out(1, ${0.3 / Math.max(0.3, p.bounceStrength)})`) },
        { offset: 1, scale: 1 },
      ] }];
      if (p.colorPop) tracks.push({ on: "inks", from: begin, to: end, frames: [{ offset: 0, color: "#ffff99", easing: ease("power2.in") }] });
      return tracks;
    },
  },
  rotation: {
    unit: "char",
    params: { rotationDegrees: 360, animationDuration: 1.5, staggerDelay: 0.1, perspective: 800, axisX: false, axisY: true, axisZ: false },
    total: (p, n) => (n - 1) * p.staggerDelay + p.animationDuration,
    parts: (p, { i, px }) => {
      const begin = i * p.staggerDelay;
      const turn = (degrees, scale) =>
        `perspective(${Math.max(1, p.perspective) * px}px) rotateX(${p.axisX ? degrees : 0}deg) ` +
        `rotateY(${p.axisY ? degrees : 0}deg) rotateZ(${p.axisZ ? degrees : 0}deg) scale(${scale})`;
      return [{ from: begin, to: begin + p.animationDuration, frames: [
        { offset: 0, opacity: 0, transform: turn(-p.rotationDegrees / 4, 0.5), easing: ease("power2.out") },
        { offset: 0.7, opacity: 1, transform: turn(p.rotationDegrees, 1.1), easing: ease("back.out") },
        { offset: 1, opacity: 1, transform: turn(0, 1) },
      ] }];
    },
  },
  magnetic: {
    unit: "char",
    params: { magnetStrength: 15, animationDuration: 1.2, attractionDelay: 0.1, elasticity: 0.8 },
    total: (p, n) => (n - 1) * p.attractionDelay + p.animationDuration,
    parts: (p, { i, px, random }) => {
      const begin = i * p.attractionDelay;
      const reach = p.magnetStrength;
      const away = { translate: `${random() * reach * px}px ${random() * reach * px}px`, rotate: `${random() * reach}deg` };
      const home = { translate: "0px 0px", rotate: "0deg" };
      return [
        { from: begin, to: begin + Math.min(0.3, p.animationDuration), frames: [{ offset: 0, opacity: 0 }] },
        { from: begin, to: begin + p.animationDuration, frames: [
          { offset: 0, ...home, easing: ease("power2.out") },
          { offset: 0.4, ...away, easing: ease(`elastic.out(1, ${0.3 / Math.max(0.3, p.elasticity)})`) },
          { offset: 1, ...home },
        ] },
      ];
    },
  },
  typewriter: {
    unit: "char",
    params: { typingSpeed: 0.05, showCursor: true, cursorBlink: true, cursorChar: "|" },
    parts: (p, env) => {
      const { i, n, unit } = env;
      const step = Math.min(p.typingSpeed, 1 / n); // a long text is typed faster: it is all there at the end
      if (unit.joined) return typeJoined(unit.box, i * step, step);
      const typed = (i + 1) * step;
      const tracks = [{ from: 0, to: typed, frames: [{ offset: 0, opacity: 0, easing: "step-end" }] }];
      if (p.showCursor && typed < 0.5) tracks.push(...cursor(p, env, typed, i === n - 1 ? 0.5 : Math.min(0.5, typed + step)));
      return tracks;
    },
  },
  fliptype: {
    unit: "char",
    params: { typingSpeed: 15, typingDelay: 0.3, flipDuration: 0.6, flipAngle: 180, flipDirection: "horizontal" },
    total: (p, n) => p.typingDelay + (n - 1) / Math.max(0.1, p.typingSpeed) + p.flipDuration,
    parts: (p, { i }) => {
      const begin = p.typingDelay + i / Math.max(0.1, p.typingSpeed);
      const axis = p.flipDirection === "vertical" ? "X" : "Y";
      return [{ from: begin, to: begin + p.flipDuration, frames: [
        { offset: 0, opacity: 0, transform: `rotate${axis}(${p.flipAngle}deg) scale(0.8)`, easing: ease("power2.out") },
        { offset: 1, opacity: 1, transform: `rotate${axis}(0deg) scale(1)` },
      ] }];
    },
  },
  fadeIn: {
    unit: "whole",
    params: {},
    parts: () => [{ frames: [{ offset: 0, opacity: 0, easing: ease("power2.out") }] }],
  },
};

/** Joined letters are uncovered step by step from the side where reading starts. */
function typeJoined(box, begin, step) {
  const count = [...graphemes.segment(box.textContent)].length;
  const hidden = getComputedStyle(box).direction === "rtl" ? "inset(-50% 0% -50% 100%)" : "inset(-50% 100% -50% 0%)";
  return [{ from: begin, to: begin + step, fill: "backwards", frames: [
    { offset: 0, clipPath: hidden, easing: `steps(${count})` },
    { offset: 1, clipPath: "inset(-50% 0% -50% 0%)" },
  ] }];
}

/** The cursor stands behind the last typed letter and takes no room. */
function cursor(p, { unit, seconds }, from, to) {
  const mark = document.createElement("span");
  mark.className = "cursor";
  mark.textContent = p.cursorChar.slice(0, 4);
  Object.assign(mark.style, { position: "absolute", opacity: "0" });
  unit.box.append(mark);
  const blinks = p.cursorBlink ? Math.max(1, (to - from) * seconds) : 1; // once a second
  const lit = { opacity: 1, easing: "step-end" };
  const frames = p.cursorBlink ? [{ offset: 0, ...lit }, { offset: 0.5, opacity: 0, easing: "step-end" }, { offset: 1, opacity: 0 }] : [{ offset: 0, ...lit }, { offset: 1, opacity: 1 }];
  return [{ element: mark, from, to, repeat: blinks, fill: "none", frames }];
}

/** Move and come back to the plain text, or change its look from the window's start. */
const emphases = {
  glitch: {
    unit: "whole",
    params: { glitchIntensity: 5, animationDuration: 2, colorSeparation: true, noiseEffect: true },
    parts: (p, { px, random }) => {
      const reach = p.glitchIntensity * px;
      const jumps = Array.from({ length: 20 }, () => [random() * reach, random() * reach * 0.4]);
      const still = { offset: 1, translate: "0px 0px" };
      const shift = ([x, y], i) => ({ offset: i / 20, translate: `${x}px ${y}px`, easing: "step-end" });
      const ghosts = ([x, y], i) => ({
        offset: i / 20,
        textShadow: `${x}px ${y}px 0px #ff0040, ${-x}px ${-y}px 0px #00ffff`,
        easing: "step-end",
      });
      const blink = (at) => ({ from: at, to: at + 0.04, fill: "none", frames: [{ offset: 0, opacity: 0.2 }, { offset: 1, opacity: 0.2 }] });
      const first = Math.min(0.9, 0.5 / p.animationDuration);
      const tracks = [blink(first), blink(Math.min(0.95, 2 * first))];
      if (p.noiseEffect) tracks.push({ frames: [...jumps.map(shift), still] });
      if (p.colorSeparation) tracks.push({ on: "inks", fill: "none", frames: jumps.map(ghosts) });
      return tracks;
    },
  },
  glow: {
    unit: "whole",
    params: { color: "#00ffff", intensity: 0.4, pulse: true, cycles: 8 },
    parts: (p, { px }) => {
      const colour = colourOr(p.color, "#00ffff");
      const at = (strength) => ({
        textShadow: [6, 12, 18, 30].map((blur, ring) => `0px 0px ${blur * px}px ${faded(colour, strength * (ring < 3 ? 1 : 0.5))}`).join(", "),
      });
      if (!p.pulse) return [{ on: "inks", fill: "forwards", frames: [at(p.intensity), at(p.intensity)] }];
      return [{ on: "inks", fill: "forwards", repeat: p.cycles, frames: [
        { offset: 0, ...at(p.intensity), easing: SINE_IN_OUT },
        { offset: 0.4, ...at(p.intensity + 0.3), easing: SINE_IN_OUT },
        { offset: 0.8, ...at(p.intensity - 0.2), easing: SINE_IN_OUT },
        { offset: 1, ...at(p.intensity) },
      ] }];
    },
  },
  flames: {
    unit: "whole",
    params: { baseOpacity: 0.8, flicker: 0.3, cycles: 12 },
    parts: (p, { em, random }) => {
      const tongues = [["#fff4c2", 0, 0.06], ["#ffd84a", 0.1, 0.1], ["#ff9a1f", 0.22, 0.16], ["#ff4d0a", 0.36, 0.24], ["#b81800", 0.52, 0.34]];
      const burning = () => {
        const strength = p.baseOpacity + random() * p.flicker;
        return { textShadow: tongues.map(([colour, height, blur]) =>
          `${random() * height * 0.25 * em}px ${-height * em * (1 + random() * p.flicker)}px ${blur * em}px ${faded(colour, strength)}`).join(", ") };
      };
      const first = burning();
      return [{ on: "inks", fill: "forwards", repeat: p.cycles, frames: [first, burning(), burning(), burning(), burning(), first] }];
    },
  },
  pulse: {
    unit: "whole",
    params: { maxScale: 1.2, cycles: 1 },
    parts: (p) => [{ repeat: p.cycles, frames: [
      { offset: 0, scale: 1, easing: SINE_IN_OUT },
      { offset: 0.5, scale: p.maxScale, easing: SINE_IN_OUT },
      { offset: 1, scale: 1 },
    ] }],
  },
  pop: {
    unit: "whole",
    params: { maxScale: 1.2 },
    parts: (p) => [{ frames: [{ offset: 0, scale: 1, easing: ease("back.out") }, { offset: 1, scale: p.maxScale }] }],
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
    parts: (p) => [{ frames: [{ offset: 0, rotate: "0deg" }, { offset: 1, rotate: `${360 * p.fullTurns}deg` }] }],
  },
  fadeOut: {
    unit: "whole",
    params: {},
    parts: () => [{ frames: [{ offset: 1, opacity: 0 }] }],
  },
};

function swing(x, y, cycles) {
  return { repeat: cycles, frames: wave({ translate: "0px 0px" }, { translate: `${x}px ${y}px` }, { translate: `${-x}px ${-y}px` }) };
}

/** Captions with intention: the movements that say how a word sounds. */
const intentions = {
  "cwi-color": {
    unit: "char",
    params: { color: null, bulk: false },
    parts: (p, { i, n, colour }) => {
      const target = colourOr(p.color, colourOr(colour, "#ffd400"));
      const [from, to] = p.bulk ? [0, 1] : [i / n, (i + 1) / n];
      return [{ on: "inks", from, to, frames: [{ offset: 0, color: WAITING_WHITE, easing: ease("power2.out") }, { offset: 1, color: target }] }];
    },
  },
  "cwi-bouncing": {
    unit: "char",
    params: { waveHeight: 12, letterDuration: 0.6, scale: 1.15 },
    parts: (p, { i, n, px }) => {
      const begin = n > 1 ? ((1 - p.letterDuration) * i) / (n - 1) : (1 - p.letterDuration) / 2;
      const hop = (t) => ({ translate: `0px ${(-p.waveHeight * px * Math.sin(Math.PI * inOutCubic(t))).toFixed(3)}px` });
      return [{ from: begin, to: begin + p.letterDuration, frames: traced(hop) }];
    },
    host: (p, { px }) => [{ frames: [
      { offset: 0, translate: "0px 0px", scale: 1, easing: SINE_OUT },
      { offset: 0.5, translate: `0px ${-0.3 * p.waveHeight * px}px`, scale: p.scale, easing: SINE_IN },
      { offset: 1, translate: "0px 0px", scale: 1 },
    ] }],
  },
  "cwi-loud": {
    unit: "whole",
    params: { "pulse.scale": 2.15, "pulse.lift": 12, "tremble.ampPx": 1.5, "tremble.freq": 12 },
    parts: (p, { px, seconds, random }) => {
      const reach = p["tremble.ampPx"] * px;
      const shaken = traced(() => ({ translate: `${random() * reach}px ${random() * reach}px` }), 4);
      return [
        grown(p["pulse.scale"], -p["pulse.lift"] * px),
        held({ repeat: p["tremble.freq"] * 0.76 * seconds, frames: shaken }),
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
  return { frames: [
    { offset: 0, ...plain, easing: ease("power2.out") },
    { offset: 0.12, ...away },
    { offset: 0.88, ...away, easing: ease("power2.in") },
    { offset: 1, ...plain },
  ] };
}

/** A track over the hold between, on top of `grown`. */
function held(track) {
  return { from: 0.12, to: 0.88, composite: "add", fill: "none", ...track };
}

/** Every effect by name. Read-only. */
export const EFFECTS = Object.freeze({ ...entrances, ...emphases, ...intentions });

// ---------------------------------------------------------------- starting them

const LIMIT = 10000;

/** The effect's parameters: the given values where they are of the default's kind, else the defaults. */
function settle(defaults, given) {
  const settled = { ...defaults };
  for (const [key, usual] of Object.entries(defaults)) {
    const value = given?.[key];
    if (usual === null ? typeof value === "string" : typeof value === typeof usual) settled[key] = value;
    if (typeof usual === "number") {
      const least = NOT_NEGATIVE.test(key) ? 0 : -LIMIT;
      settled[key] = Number.isFinite(settled[key]) ? Math.min(LIMIT, Math.max(least, settled[key])) : usual;
    }
  }
  if ("animationDuration" in settled) settled.animationDuration = Math.max(0.01, settled.animationDuration);
  if ("letterDuration" in settled) settled.letterDuration = Math.min(1, settled.letterDuration);
  return settled;
}

const NOT_NEGATIVE = /duration|delay|cycles|frequency|freq|opacity|speed|perspective|strength|elasticity/i;
const COMPOSITE = { replace: "replace", add: "add", multiply: "add" };

/**
 * Start an effect.
 *
 * @param {Element} element a `.word`, or a `.box` for an effect of the whole cue
 * @param {{name: string, params?: object, compose?: "replace"|"add"|"multiply"}} effect
 * @param {{delayMs: number, durationMs: number, emPx: number, framePx: number, seed: number, colour?: string}} context
 *   the window on the cue's clock, the type size and the picture's height, and the seed of the effect's noise
 * @returns {Animation[]} paused; none for a name that is not known
 *
 * Where a text of several words shares one effect, `params.firstUnit` and `params.units` say which of the text's
 * letters (or words) the element begins with and how many there are in all.
 */
export function animate(element, effect, context) {
  const name = String(effect.name).split("@")[0];
  if (!Object.hasOwn(EFFECTS, name)) return [];
  const { unit: kind, params, total, parts, host } = EFFECTS[name];
  const p = settle(params, effect.params);
  const units = unitsOf(element, kind, effect.compose === "multiply");
  const first = Math.max(0, effect.params?.firstUnit || 0);
  const n = Math.max(first + units.length, effect.params?.units || 0, 1);
  const px = context.framePx / REFERENCE_HEIGHT;
  const shared = { n, px, em: context.emPx, seconds: context.durationMs / 1000, colour: context.colour };
  const window = { ...context, length: Math.max(0.01, total ? total(p, n) : 1), composite: COMPOSITE[effect.compose] ?? "replace" };
  const started = [];
  for (const [index, unit] of units.entries()) {
    const i = first + index;
    const env = { ...shared, i, unit, random: noise(context.seed + Math.imul(i, 0x9e3779b1)) };
    for (const track of parts(p, env)) started.push(...start(track, targets(track, unit), window));
  }
  for (const track of host?.(p, shared) ?? []) started.push(...start(track, [element], window));
  return started;
}

function targets(track, unit) {
  if (track.element) return [track.element];
  return track.on === "inks" ? unit.inks : [unit.box];
}

function start(track, elements, window) {
  const { from = 0, to = window.length, repeat = 1, fill = "both" } = track;
  const scale = window.durationMs / window.length;
  const iterations = Math.min(LIMIT, Math.max(repeat, 0.001));
  const timing = {
    delay: window.delayMs + from * scale,
    duration: Math.max(0, ((to - from) * scale) / iterations),
    iterations,
    fill,
    composite: track.composite ?? window.composite,
  };
  return elements.map((element) => {
    const animation = element.animate(track.frames, timing);
    animation.pause();
    return animation;
  });
}
