/**
 * The painter: turns moments of a scene into pixels, many moments at once.
 *
 * A screenshot a frame costs tens of milliseconds. Here a sheet of cells, each a copy of the captions sought to
 * its own moment, is laid out together, painted together and read back together; and of each moment only the
 * rectangles in which something moved since the moment before are read (docs/decisions/0004).
 */
import { readers } from "./readback.js";
import { CueView, fontsReady, makeFrame } from "./stage.js";

const CELLS = 16;
const SHEET_PIXELS = 1 << 20;

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
class Actor {
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
class Cell {
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
class PseudoRules {
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

function grown(rect, margin) {
  return { x0: rect.left - margin, y0: rect.top - margin, x1: rect.right + margin, y1: rect.bottom + margin };
}

function unite(list) {
  return {
    x0: Math.min(...list.map((r) => r.x0)),
    y0: Math.min(...list.map((r) => r.y0)),
    x1: Math.max(...list.map((r) => r.x1)),
    y1: Math.max(...list.map((r) => r.y1)),
  };
}

const area = (r) => (r.x1 - r.x0) * (r.y1 - r.y0);

/** Even, inside the picture, and joined where joining costs few pixels. */
function tidy(rectangles, size, single) {
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

/** What the receiver has: the picture as painted so far, so that only pixels that differ are sent. */
class Overlay {
  constructor(size) {
    this.size = size;
    this.pixels = new Uint32Array(size.width * size.height);
  }

  /** Paint a batch of {index, cell, rectangles}; yields lists of tiles that differ from what was sent. */
  async *paint(batch) {
    const jobs = batch.flatMap(({ index, cell, rectangles }) =>
      tidy(rectangles, this.size, reader.single).map((rect) => ({ index, cell, rect })),
    );
    for (const part of sheets(jobs)) {
      await reader.read(part);
      const tiles = part.flatMap(({ index, tiles: list }) => list.map((tile) => this.#changed(tile, index)));
      yield tiles.filter((tile) => tile !== null);
    }
  }

  /** The part of a tile that differs from what stands there, at even positions; null where none does. */
  #changed({ x, y, width, height, pixels }, index) {
    const fresh = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
    const stride = this.size.width;
    let x0 = width;
    let x1 = -1;
    let y0 = -1;
    let y1 = -1;
    for (let row = 0; row < height; row++) {
      const from = row * width;
      const to = (y + row) * stride + x;
      let left = 0;
      while (left < width && fresh[from + left] === this.pixels[to + left]) left++;
      if (left === width) continue;
      let right = width - 1;
      while (fresh[from + right] === this.pixels[to + right]) right--;
      this.pixels.set(fresh.subarray(from + left, from + right + 1), to + left);
      if (y0 < 0) y0 = row;
      y1 = row;
      if (left < x0) x0 = left;
      if (right > x1) x1 = right;
    }
    if (y0 < 0) return null;
    x0 &= ~1;
    y0 &= ~1;
    x1 = Math.min(width, (x1 + 2) & ~1);
    y1 = Math.min(height, (y1 + 2) & ~1);
    return { index, x: x + x0, y: y + y0, width: x1 - x0, height: y1 - y0, fresh, at: y0 * width + x0, stride: width };
  }
}

/** Cut the jobs into sheets of bounded size, so that memory does not grow with the picture. */
function* sheets(jobs) {
  let part = [];
  let pixels = 0;
  for (const job of jobs) {
    if (part.length && pixels + area(job.rect) > SHEET_PIXELS) {
      yield part;
      part = [];
      pixels = 0;
    }
    part.push(job);
    pixels += area(job.rect);
  }
  if (part.length) yield part;
}

/** Grows to the largest batch and is used again: fetch copies a body before it returns. */
let outgoing = new Uint32Array(SHEET_PIXELS / 4);

/** Tiles and where they belong, in one buffer: int32 count, then (frame, x, y, w, h) each, then the rows. */
function pack(tiles) {
  const head = 1 + tiles.length * 5;
  const length = head + tiles.reduce((sum, tile) => sum + tile.width * tile.height, 0);
  if (length > outgoing.length) outgoing = new Uint32Array(length);
  outgoing[0] = tiles.length;
  let offset = head;
  for (const [i, { index, x, y, width, height, fresh, at, stride }] of tiles.entries()) {
    outgoing.set([index, x, y, width, height], 1 + i * 5);
    for (let row = 0; row < height; row++) {
      const from = at + row * stride;
      outgoing.set(fresh.subarray(from, from + width), offset);
      offset += width;
    }
  }
  return outgoing.subarray(0, length);
}

/** Hands batches over one after the other: while one is on its way the next is painted. */
class Sender {
  constructor(run) {
    this.url = `/pixels/${run}`;
    this.sent = Promise.resolve();
  }

  /** Waits until the batch before has been taken: that is the backpressure, and it keeps the order. */
  async send(tiles) {
    if (!tiles.length) return;
    await this.sent;
    this.sent = fetch(this.url, { method: "POST", body: pack(tiles) }).then((answer) => {
      if (!answer.ok) throw new Error(`nobody takes the pixels any more (${answer.status})`);
    });
    this.sent.catch(() => {});
  }

  finish() {
    return this.sent;
  }
}

let scene = null;
let reader = null;

/** Fetch the scene and make ready to read with `method`; throws where this browser cannot read that way. */
async function prepare(method, name) {
  scene ??= await (await fetch("/scene.json")).json();
  reader?.close();
  const size = { width: scene.width + (scene.width & 1), height: scene.height + (scene.height & 1) };
  reader = new readers[method](size, name);
  await prove(reader);
}

/** Draw a green square and read it back: a method that answers emptiness would lose captions in silence. */
async function prove(candidate) {
  const frame = makeFrame(candidate.width, candidate.height);
  const square = document.createElement("div");
  square.style.cssText = "position:absolute;left:4px;top:4px;width:8px;height:8px;background:#00ff00;visibility:visible";
  frame.append(square);
  candidate.open().append(frame);
  const job = { cell: { frame }, rect: { x0: 0, y0: 0, x1: 16, y1: 16 } };
  await candidate.read([job]);
  candidate.close();
  const [{ width, pixels }] = job.tiles;
  const at = (x, y) => [...pixels.slice((y * width + x) * 4, (y * width + x) * 4 + 4)].join();
  if (at(8, 8) !== "0,255,0,255" || at(2, 2) !== "0,0,0,0") throw new Error("what was drawn does not come back");
}

/**
 * Paint the frames of one run.
 * @param {string} run name of the sink that takes the pixels
 * @param {number[]} members indices of the cues that are seen in this run
 * @param {number[][]} frames [frame index, microseconds], in order
 */
async function paintRun(run, members, frames) {
  const cues = members.map((i) => scene.cues[i]);
  const size = { width: reader.width, height: reader.height };
  const sender = new Sender(run);
  const parent = reader.open();
  const alive = makeFrame(size.width, size.height);
  alive.style.visibility = "hidden";
  document.body.append(alive);
  const actors = cues.map((cue) => new Actor(cue, size.height, alive));
  await fontsReady();
  for (const actor of actors) actor.settle();
  const rules = new PseudoRules();
  const cells = Array.from({ length: Math.min(CELLS, frames.length) }, () => new Cell(parent, actors, size, rules));
  const overlay = new Overlay(size);
  let last = null;
  const step = (index, us, cell) => {
    const rectangles = actors.flatMap((actor) => actor.seek(us));
    cell.take();
    last = us;
    return { index, cell, rectangles };
  };
  let next = 0;
  while (next < frames.length) {
    const batch = [];
    while (next < frames.length && batch.length < cells.length) {
      const [index, us] = frames[next++];
      if (actors.some((actor) => actor.differs(last, us))) batch.push(step(index, us, cells[batch.length]));
    }
    for await (const tiles of overlay.paint(batch)) await sender.send(tiles);
  }
  await sender.finish();
  reader.close();
  alive.remove();
}

globalThis.ecg = { prepare, paintRun };
