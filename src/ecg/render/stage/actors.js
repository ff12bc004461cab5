/**
 * Cues that are alive, and their still copies.
 *
 * An actor is the one copy of a cue whose animations run; it knows which rectangles change from one moment to the
 * next. A cell is a still copy of all actors at one moment, to be painted together with other cells.
 */
import { grown, unite } from "./rectangles.js";
import { CueView, makeFrame } from "./stage.js";

/** An element that animations move: when, how far its ink reaches, and the values it has now. */
class Track {
  constructor(node, pseudo, animations, view, reach) {
    this.node = node;
    this.pseudo = pseudo;
    this.whole = !node.closest(".word");
    this.style = getComputedStyle(node, pseudo);
    this.motions = animations.map((animation) => {
      const timing = animation.effect.getComputedTiming();
      return { animation, start: timing.delay, end: timing.delay + timing.activeDuration };
    });
    const used = animations.flatMap((a) => a.effect.getKeyframes().flatMap((frame) => Object.keys(frame)));
    const dashed = (name) => (name.startsWith("--") ? name : name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`));
    this.names = [...new Set(used)].filter((name) => !FRAME_KEYS.has(name)).map(dashed);
    this.plain = this.names.map((name) => (pseudo ? "" : node.style.getPropertyValue(name)));
    this.margin = reach;
    this.place = [...view.root.querySelectorAll("*"), view.root].indexOf(node);
  }

  /** Whether the picture can differ between the times `from` and `to` (ms in the cue, from < to). */
  moves(from, to) {
    return this.motions.some((motion) => to >= motion.start && from < motion.end);
  }

  seek(local) {
    for (const { animation } of this.motions) animation.currentTime = local;
  }

  /** Whether any animation says how the element looks now; else it looks, and inherits, as if there were none. */
  #animated() {
    return this.motions.some(({ animation }) => animation.effect.getComputedTiming().progress !== null);
  }

  /** Take down where the element is and what it looks like. */
  read() {
    this.values = this.#animated() ? this.names.map((name) => this.style.getPropertyValue(name)) : this.plain;
    const rect = this.node.getBoundingClientRect();
    const scale = Math.max(1, rect.height / (this.node.offsetHeight || rect.height || 1));
    this.reach = grown(rect, this.margin * scale);
  }
}

const FRAME_KEYS = new Set(["offset", "computedOffset", "easing", "composite"]);

/**
 * One cue, alive but unseen: the only copy whose animations run. Cells are still copies that take over its
 * values, which spares Chromium an animation per element and cell.
 */
export class Actor {
  constructor(cue, framePx, frame) {
    this.cue = cue;
    this.view = new CueView(cue, framePx);
    this.view.attach(frame);
    this.pattern = this.view.root.cloneNode(true); // with the letters that effects have cut out
    this.us = null;
  }

  /** Find place and tracks; the fonts must be there. */
  settle() {
    const cue = this.cue;
    this.view.place();
    const glows = this.view.animations.some((animation) => animation.effect.getKeyframes().some(isGlow));
    this.reach = Math.max(...cue.lines.flatMap((line) => line.words.map(inkReach))) * (glows ? 3 : 1);
    const byTarget = new Map();
    for (const animation of this.view.animations) {
      const { target, pseudoElement } = animation.effect;
      const key = byTarget.get(target) ?? byTarget.set(target, new Map()).get(target);
      key.set(pseudoElement, [...(key.get(pseudoElement) ?? []), animation]);
    }
    this.tracks = [...byTarget].flatMap(([node, kinds]) =>
      [...kinds].map(([pseudo, animations]) => new Track(node, pseudo, animations, this.view, this.reach)),
    );
    this.parts = [this.view.box, ...this.view.root.querySelectorAll(".word, .char")];
  }

  visible(us) {
    return us !== null && us >= this.cue.start_us && us < this.cue.end_us;
  }

  #moving(from, to) {
    const local = (us) => (us - this.cue.start_us) / 1000;
    return this.tracks.filter((track) => track.moves(local(from), local(to)));
  }

  /** Whether anything can look different at `us` than at the moment before it. */
  differs(before, us) {
    const is = this.visible(us);
    return this.visible(before) !== is || (is && this.#moving(before, us).length > 0);
  }

  /** Go on to `us`; answers with the rectangles in which the picture changes. */
  seek(us) {
    const was = this.visible(this.us);
    const is = this.visible(us);
    const before = this.us;
    this.us = us;
    if (!is) return was ? [this.extent()] : [];
    const moved = was ? this.#moving(before, us) : this.tracks;
    const whole = moved.some((track) => track.whole);
    const old = whole && was ? [this.extent()] : moved.map((track) => track.reach);
    for (const track of moved) track.seek((us - this.cue.start_us) / 1000);
    for (const track of moved) track.read();
    if (!was) return [this.extent()];
    return whole ? [...old, this.extent()] : [...old, ...moved.map((track) => track.reach)];
  }

  /** The rectangle that shows all of the cue now. */
  extent() {
    return unite(this.parts.map((part) => grown(part.getBoundingClientRect(), this.reach)));
  }
}

/** Whether a keyframe draws beyond the glyphs; what moves beside it carries that along. */
function isGlow(frame) {
  return "textShadow" in frame || "filter" in frame || "boxShadow" in frame;
}

/** How far glyphs, outline and shadow may stick out of a word's box, in pixels. */
function inkReach(word) {
  const shadow = word.shadow ? Math.abs(word.shadow.dx) + Math.abs(word.shadow.dy) + 2 * word.shadow.blur : 0;
  return 0.4 * word.size_px + word.outline_px + shadow;
}

/** Still copies of a run's cues, all at one moment. */
export class Cell {
  constructor(parent, actors, size, rules) {
    this.frame = makeFrame(size.width, size.height);
    this.frame.classList.add("still");
    parent.append(this.frame);
    this.copies = actors.map((actor) => {
      const root = actor.pattern.cloneNode(true);
      root.style.cssText = actor.view.root.style.cssText;
      const nodes = [...root.querySelectorAll("*"), root];
      const styles = actor.tracks.map((track) =>
        track.pseudo ? rules.rule(nodes[track.place], track.pseudo) : nodes[track.place].style,
      );
      this.frame.append(root);
      return { actor, root, styles, taken: actor.tracks.map(() => null) };
    });
  }

  /** Look like the actors look now. */
  take() {
    for (const { actor, root, styles, taken } of this.copies) {
      const visible = actor.visible(actor.us);
      root.style.visibility = visible ? "visible" : "hidden";
      if (!visible) continue;
      for (const [i, track] of actor.tracks.entries()) {
        if (taken[i] === track.values) continue;
        for (const [k, name] of track.names.entries()) styles[i].setProperty(name, track.values[k]);
        taken[i] = track.values;
      }
    }
  }
}

/** Styles for pseudo-elements, which have no style attribute. */
export class PseudoRules {
  constructor() {
    this.sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [this.sheet];
  }

  rule(node, pseudo) {
    const number = this.sheet.cssRules.length;
    node.setAttribute("data-pseudo", [node.getAttribute("data-pseudo"), number].join(" "));
    this.sheet.insertRule(`.ecg-frame [data-pseudo~="${number}"]${pseudo} {}`, number);
    return this.sheet.cssRules[number].style;
  }
}
