/**
 * Three ways to read cells back as pixels, fastest first (measured: bench/render.py --readbacks). Each has `single` (whether it wants one rectangle a
 * cell), `open()` for the parent of the cells, `read(jobs)` which gives every job its `tiles` ({x, y, width,
 * height, pixels}: RGBA, straight alpha), and `close()`. Glyph edges differ a little between them, so a job of
 * rendering keeps to one.
 */

/**
 * Chromium copies a canvas whole after each drawing: a small one, used tile by tile, costs a fraction. Tiles lie
 * on a fixed grid because the edge of a shape comes out a little different where the canvas cuts the shape:
 * this way a pixel is always cut alike, whatever was read before it.
 */
const TILE = { width: 256, height: 64 };

class Reader {
  /** `name` is the page's own among those of other browsers. */
  constructor(size, name) {
    this.name = name;
    this.width = size.width;
    this.height = size.height;
    this.single = false;
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

  /** Cut a rectangle along the grid; `draw(context, x, y)` draws the picture with (x, y) at the origin. */
  *tiles(context, rect, draw) {
    const { width: w, height: h } = TILE;
    for (let y = rect.y0 - (rect.y0 % h); y < rect.y1; y += h) {
      for (let x = rect.x0 - (rect.x0 % w); x < rect.x1; x += w) {
        const left = Math.max(x, rect.x0);
        const top = Math.max(y, rect.y0);
        const width = Math.min(x + w, rect.x1) - left;
        const height = Math.min(y + h, rect.y1) - top;
        context.clearRect(0, 0, w, h);
        draw(context, x, y);
        yield { x: left, y: top, width, height, pixels: context.getImageData(left - x, top - y, width, height).data };
      }
    }
  }
}

function makeCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return [canvas, canvas.getContext("2d", { willReadFrequently: true })];
}

/** Chromium's drawElementImage: the cells are children of a canvas and are drawn into it. */
class ElementReader extends Reader {
  constructor(size, name) {
    super(size, name);
    if (!("drawElementImage" in CanvasRenderingContext2D.prototype)) throw new Error("no drawElementImage");
  }

  makeParent() {
    const [canvas, context] = makeCanvas(TILE.width, TILE.height);
    canvas.layoutSubtree = true;
    // Its own size, or drawings are scaled; hidden, or the page paints it too.
    canvas.style.cssText = `position:absolute;left:0;top:0;width:${TILE.width}px;height:${TILE.height}px;visibility:hidden`;
    this.context = context;
    return canvas;
  }

  /** The cells' pictures are those of this moment inside the paint event. */
  read(jobs) {
    const canvas = this.parent;
    return new Promise((resolve, reject) => {
      canvas.onpaint = () => {
        canvas.onpaint = null;
        try {
          for (const job of jobs) {
            const draw = (context, x, y) => context.drawElementImage(job.cell.frame, -x, -y);
            job.tiles = [...this.tiles(this.context, job.rect, draw)];
          }
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      canvas.requestPaint();
    });
  }
}

/** SVG: a cell is written out as a document with its styles and fonts inside, and drawn as an image. */
class SvgReader extends Reader {
  constructor(size, name) {
    super(size, name);
    this.fonts = new Map();
  }

  makeParent() {
    const parent = super.makeParent();
    parent.style.visibility = "hidden";
    return parent;
  }

  /** One image for all cells, one below the other: parsing the fonts costs more than drawing. */
  async read(jobs) {
    const cells = [...new Set(jobs.map((job) => job.cell))];
    const image = await this.#image(cells.map((cell) => cell.frame));
    const [, context] = makeCanvas(TILE.width, TILE.height);
    for (const job of jobs) {
      const top = cells.indexOf(job.cell) * this.height;
      job.tiles = [...this.tiles(context, job.rect, (to, x, y) => to.drawImage(image, -x, -top - y))];
    }
  }

  async #image(frames) {
    const writer = new XMLSerializer();
    const rows = frames.map((frame, i) => {
      const row = frame.cloneNode(true);
      row.style.top = `${i * this.height}px`;
      return writer.serializeToString(row);
    });
    const size = `width="${this.width}" height="${frames.length * this.height}"`;
    const svg =
      `<svg xmlns="http://www.w3.org/2000/svg" ${size}><foreignObject ${size}><div xmlns="http://www.w3.org/1999/xhtml">` +
      `<style><![CDATA[${await this.#styles()}]]></style>${rows.join("")}</div></foreignObject></svg>`;
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    await image.decode();
    await this.#settled(image);
    return image;
  }

  /** An image tells when it is parsed but not when the fonts inside are: wait until it looks the same thrice. */
  async #settled(image) {
    const [canvas, context] = makeCanvas(Math.ceil(this.width / 4), Math.ceil(this.height / 4));
    let last = null;
    for (let same = 0; same < 2; ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(image, 0, 0, canvas.width, canvas.height * (image.height / this.height));
      const now = context.getImageData(0, 0, canvas.width, canvas.height).data;
      same = last?.every((value, i) => value === now[i]) ? same + 1 : 0;
      last = now;
    }
  }

  /** All rules of the page, with the faces in use written into them: an image may not load anything. */
  async #styles() {
    const faces = [...document.fonts]; // in the order of their rules
    const rules = [];
    const sheets = [...document.styleSheets, ...document.adoptedStyleSheets];
    for (const rule of sheets.flatMap((sheet) => [...sheet.cssRules])) {
      if (rule instanceof CSSFontFaceRule) {
        if (faces.shift()?.status === "loaded") rules.push(await this.#withFont(rule));
      } else if (!(rule instanceof CSSKeyframesRule)) rules.push(rule.cssText);
    }
    return rules.join("\n");
  }

  async #withFont(rule) {
    const path = /url\("([^"]+)"\)/.exec(rule.style.getPropertyValue("src"))?.[1];
    return path ? rule.cssText.replace(path, await this.#embedded(new URL(path, document.baseURI).href)) : rule.cssText;
  }

  async #embedded(url) {
    if (!this.fonts.has(url)) {
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      this.fonts.set(url, `data:font/woff2;base64,${btoa(text)}`);
    }
    return this.fonts.get(url);
  }
}

/** Screenshots: the cells stand in the page one below the other, and whoever drives the browser takes a picture. */
class ScreenshotReader extends Reader {
  constructor(size, name) {
    super(size, name);
    this.single = true;
  }

  async read(jobs) {
    let top = 0;
    let width = 0;
    for (const frame of this.parent.children) frame.style.display = "none";
    for (const job of jobs) {
      const { x0, y0, x1, y1 } = job.rect;
      const { style } = job.cell.frame;
      style.display = "block";
      style.clipPath = `inset(${y0}px ${this.width - x1}px ${this.height - y1}px ${x0}px)`;
      style.left = `${-x0}px`;
      style.top = `${top - y0}px`;
      job.top = top;
      top += y1 - y0;
      width = Math.max(width, x1 - x0);
    }
    const answer = await fetch(`/screenshot/${this.name}?width=${width}&height=${top}`, { cache: "no-store" });
    if (!answer.ok) throw new Error("no screenshot could be taken");
    const picture = await createImageBitmap(await answer.blob());
    const [, context] = makeCanvas(width, top);
    context.drawImage(picture, 0, 0);
    for (const job of jobs) {
      const { x0: x, y0: y, x1, y1 } = job.rect;
      const data = context.getImageData(0, job.top, x1 - x, y1 - y).data;
      job.tiles = [{ x, y, width: x1 - x, height: y1 - y, pixels: data }];
    }
    for (const frame of this.parent.children) frame.style.display = "block";
  }
}

export const readers = { element: ElementReader, screenshot: ScreenshotReader, svg: SvgReader };
