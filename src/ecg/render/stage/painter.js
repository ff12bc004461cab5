/**
 * The painter: turns moments of a scene into pixels, many moments at once.
 *
 * A screenshot a frame costs tens of milliseconds. Here a sheet of cells, each a copy of the captions sought to
 * its own moment, is laid out together, painted together and read back together; and of each moment only the
 * rectangles in which something moved since the moment before are read (docs/decisions/0004).
 */
import { Actor, Cell, PseudoRules } from "./actors.js";
import { Overlay, Sender } from "./overlay.js";
import { readers } from "./readback.js";
import { fontsReady, makeFrame } from "./stage.js";

const CELLS = 16;
/** Where memory is short: more sheets, and each frame costs a little more time. */
const FEW_CELLS = 4;

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
 * @param {boolean} short whether memory is short; the receiver may say so later, too
 */
async function paintRun(run, members, frames, short = false) {
  const cues = members.map((i) => scene.cues[i]);
  const size = { width: reader.width, height: reader.height };
  const sender = new Sender(run, short);
  const parent = reader.open();
  const alive = makeFrame(size.width, size.height);
  alive.style.visibility = "hidden";
  document.body.append(alive);
  const actors = cues.map((cue) => new Actor(cue, size.height, alive));
  await fontsReady();
  for (const actor of actors) actor.settle();
  const rules = new PseudoRules();
  const count = Math.min(short ? FEW_CELLS : CELLS, frames.length);
  const cells = Array.from({ length: count }, () => new Cell(parent, actors, size, rules));
  const overlay = new Overlay(size, reader);
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
    if (sender.short) for (const cell of cells.splice(FEW_CELLS)) cell.frame.remove();
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
