/**
 * Three ways to read cells back as pixels, fastest first. Each has `single` (whether it wants one rectangle a
 * cell), `open()` for the parent of the cells, `read(jobs)` which gives every job its `tiles` ({x, y, width,
 * height, pixels}: RGBA, straight alpha), and `close()`. Glyph edges differ a little between them, so a job of rendering keeps to one.
 */

/**
 * Chromium copies a canvas whole after each drawing: a small one, used tile by tile, costs a fraction. Tiles lie
 * on a fixed grid because the edge of a shape comes out a little different where the canvas cuts the shape:
 * this way a pixel is always cut alike, whatever was read before it.
 */
const TILE = { width: 256, height: 64 };

class Reader {
  constructor(size) {
    this.width = size.width;
    this.height = size.height;
    this.single = true;
    this.parent = null;
  }

  open() {
    this.close();
    this.parent = this.makeParent();
    document.body.append(this.parent);
    return this.parent;
  }

  makeParent() {
    const parent = document.createElement("div");
    parent.className = "ecg-sheet";
    return parent;
  }

  close() {
    this.parent?.remove();
    this.parent = null;
  }

  remove() {
    this.close();
  }
}

/** Chromium's drawElementImage: the cells are children of a canvas and are drawn into it. */
class ElementReader extends Reader {
  constructor(size) {
    super(size);
    this.single = false;
    if (!("drawElementImage" in CanvasRenderingContext2D.prototype)) throw new Error("no drawElementImage");
  }

  makeParent() {
    const canvas = document.createElement("canvas");
    canvas.layoutSubtree = true;
    canvas.width = TILE.width;
    canvas.height = TILE.height;
    canvas.style.cssText = `position:absolute;left:0;top:0;width:${TILE.width}px;height:${TILE.height}px;visibility:hidden`;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    return canvas;
  }

  /** The cells' pictures are those of this moment inside the paint event. */
  read(jobs) {
    const canvas = this.parent;
    return new Promise((resolve, reject) => {
      canvas.onpaint = () => {
        canvas.onpaint = null;
        try {
          for (const job of jobs) job.tiles = [...this.#tiles(job)];
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      canvas.requestPaint();
    });
  }

  *#tiles({ cell, rect }) {
    const { width: w, height: h } = TILE;
    for (let y = rect.y0 - (rect.y0 % h); y < rect.y1; y += h) {
      for (let x = rect.x0 - (rect.x0 % w); x < rect.x1; x += w) {
        const left = Math.max(x, rect.x0);
        const top = Math.max(y, rect.y0);
        const width = Math.min(x + w, rect.x1) - left;
        const height = Math.min(y + h, rect.y1) - top;
        this.context.clearRect(0, 0, w, h);
        this.context.drawElementImage(cell.frame, -x, -y);
        yield { x: left, y: top, width, height, pixels: this.context.getImageData(left - x, top - y, width, height).data };
      }
    }
  }
}

export const readers = { element: ElementReader };
