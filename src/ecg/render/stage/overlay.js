/** The caption picture as the receiver has it, and the way of its changes to the receiver. */
import { area, tidy } from "./rectangles.js";

const SHEET_PIXELS = 1 << 20;

/** What the receiver has: the picture as painted so far, so that only pixels that differ are sent. */
export class Overlay {
  /** @param {object} reader what reads cells back (readback.js) */
  constructor(size, reader) {
    this.size = size;
    this.reader = reader;
    this.pixels = new Uint32Array(size.width * size.height);
  }

  /** Paint a batch of {index, cell, rectangles}; yields lists of tiles that differ from what was sent. */
  async *paint(batch) {
    const jobs = batch.flatMap(({ index, cell, rectangles }) =>
      tidy(rectangles, this.size, this.reader.single).map((rect) => ({ index, cell, rect })),
    );
    for (const part of sheets(jobs)) {
      await this.reader.read(part);
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
export class Sender {
  constructor(run, short = false) {
    this.url = `/pixels/${run}`;
    this.short = short;
    this.sent = Promise.resolve();
  }

  /** Waits until the batch before has been taken: that is the backpressure, and it keeps the order. */
  async send(tiles) {
    if (!tiles.length) return;
    await this.sent;
    this.sent = fetch(this.url, { method: "POST", body: pack(tiles) }).then((answer) => {
      if (!answer.ok) throw new Error(`nobody takes the pixels any more (${answer.status})`);
      if (answer.status === 202) this.short = true; // the receiver asks for smaller sheets
    });
    this.sent.catch(() => {});
  }

  finish() {
    return this.sent;
  }
}
