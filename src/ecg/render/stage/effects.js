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

import { noise } from "./effect-curves.js";
import { EMPHASES } from "./effect-emphases.js";
import { ENTRANCES } from "./effect-entrances.js";
import { INTENTIONS } from "./effect-intentions.js";
import { unitsOf } from "./effect-units.js";

const REFERENCE_HEIGHT = 720;

// unit     what moves by itself: "char", "word" or "whole" (the word, or the cue, that carries the effect)
// params   names and default values
// total    length in seconds of the effect's own clock, which is stretched over the window; 1 where left out
// fill     what the effect's tracks do outside their time, "none" where left out
// parts    the tracks of one unit on that clock: {on: "box"|"inks", from, to, repeat, fill, composite, frames}.
//          Left out, a track is on the box for the whole clock. One whose only frame stands at offset 0 goes from
//          there to the element's own look.
// host     tracks of the element that carries the effect, beside those of its units
//
// parts and host get (p, env): the parameters, and n (number of units), px (one reference pixel), em (type size in
// pixels), seconds (length of the window), colour (of the word once spoken); parts also gets the unit, its index i
// and random (noise).

/** Every effect by name. Read-only. */
export const EFFECTS = Object.freeze({ ...ENTRANCES, ...EMPHASES, ...INTENTIONS });

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
  // Begins the animations that style sheets ask for. One that begins after ours would lie over it at first.
  element.getAnimations();
  const { unit: kind, params, total, fill, parts, host } = EFFECTS[name];
  const p = settle(params, effect.params);
  const units = unitsOf(element, kind, effect.compose === "multiply");
  let i = count(effect.params?.firstUnit);
  const n = Math.max(
    units.reduce((sum, unit) => sum + unit.size, i),
    count(effect.params?.units),
    1,
  );
  const px = context.framePx / REFERENCE_HEIGHT;
  const shared = { n, px, em: context.emPx, seconds: context.durationMs / 1000, colour: context.colour };
  const window = {
    ...context,
    length: Math.max(0.01, total ? total(p, n) : 1),
    fill: fill ?? "none",
    composite: COMPOSITE[effect.compose] ?? "replace",
  };
  const started = [];
  for (const unit of units) {
    const env = { ...shared, i, unit, random: noise(context.seed + Math.imul(i, 0x9e3779b1)) };
    for (const track of parts(p, env)) started.push(...start(track, targets(track, unit), window));
    i += unit.size;
  }
  for (const track of host?.(p, shared) ?? []) started.push(...start(track, [element], window));
  return started;
}

function count(value) {
  return Number.isFinite(value) ? Math.min(LIMIT, Math.max(0, value)) : 0;
}

function targets(track, unit) {
  if (track.element) return [track.element];
  return track.on === "inks" ? unit.inks : [unit.box];
}

function start(track, elements, window) {
  const { from = 0, to = window.length, repeat = 1, fill = window.fill } = track;
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
