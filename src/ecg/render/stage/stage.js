/**
 * The stage: draws a scene (ecg.captions.scene) as a pure function of time.
 *
 * The editor's preview and the renderer run this same file. Everything that moves is a CSS animation of a
 * template or a Web Animation of effects.js; all of them are paused and sought, so the picture at a time does
 * not depend on the pictures before it. Users' text enters as text nodes and their styles as typed values.
 */
import { animate } from "./effects.js";

const ms = (us) => `${us / 1000}ms`;

/** A small, stable number from a string (FNV-1a): effects that look random are the same in every run. */
function seedOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function element(name, className, parent) {
  const node = document.createElement(name);
  node.className = className;
  parent.append(node);
  return node;
}

function setAll(style, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && value !== undefined) style.setProperty(name, value);
  }
}

function families(list) {
  return list.map((name) => (name === "sans-serif" ? name : `"${name}"`)).join(", ");
}

/** The type size that the spaces of a line take: its median. */
function middle(words) {
  const sizes = words.map((word) => word.size_px).sort((a, b) => a - b);
  return sizes[(sizes.length - 1) >> 1];
}

/** One cue on the stage: its elements, their animations, and where it stands. */
export class CueView {
  /**
   * @param {object} cue a SceneCue
   * @param {number} framePx height of the picture in pixels
   */
  constructor(cue, framePx) {
    this.cue = cue;
    this.framePx = framePx;
    this.#build();
  }

  #build() {
    const cue = this.cue;
    this.root = document.createElement("div");
    this.root.className = ["cue", `t-${cue.template}`, ...cue.classes].join(" ");
    this.root.dir = cue.direction;
    if (cue.language) this.root.lang = cue.language;
    setAll(this.root.style, {
      "--cue-duration": ms(cue.end_us - cue.start_us),
      "--speaker": cue.speaker_colour,
      "font-family": families(cue.font_families),
      "line-height": String(cue.line_height),
      "text-align": cue.place.align,
      "z-index": String(cue.layer),
    });
    this.box = element("div", "box", this.root);
    this.#styleBox(cue.box);
    const count = cue.lines.reduce((sum, line) => sum + line.words.length, 0);
    let index = 0;
    for (const [number, line] of cue.lines.entries()) {
      const row = element("div", "line", this.box);
      setAll(row.style, { "--line": String(number), "font-size": `${middle(line.words)}px` });
      let joined = false;
      for (const word of line.words) {
        const node = this.#addWord(row, word, index++, count);
        // The room that templates leave round words would tear scripts without spaces apart.
        if (joined) node.style.marginInlineStart = "0";
        joined = !word.space_after;
        if (joined && word !== line.words.at(-1)) node.style.marginInlineEnd = "0";
        if (word.space_after) row.append(" ");
      }
    }
  }

  #styleBox(box) {
    if (!box) return;
    setAll(this.box.style, {
      background: box.colour,
      padding: `${box.padding_y_px}px ${box.padding_x_px}px`,
      "border-radius": `${box.radius_px}px`,
      border: box.border_px ? `${box.border_px}px solid ${box.border_colour}` : null,
      opacity: box.opacity < 1 ? String(box.opacity) : null,
    });
  }

  #addWord(row, word, index, count) {
    const from = this.cue.start_us;
    const node = element("span", ["word", ...word.classes].join(" "), row);
    const decoration = [word.underline && "underline", word.strikeout && "line-through"].filter(Boolean);
    setAll(node.style, {
      "--start": ms(word.start_us - from),
      "--end": ms(word.end_us - from),
      "--duration": ms(word.end_us - word.start_us),
      "--colour": word.colour,
      "--waiting": word.waiting_colour,
      "--index": String(index),
      "--count": String(count),
      "--loudness": String(word.loudness),
      "--pitch": String(word.pitch),
      "font-size": `${word.size_px}px`,
      "font-weight": String(word.weight),
      "font-stretch": `${word.width}%`,
      "font-style": word.italic ? "italic" : null,
      "font-family": word.font_family ? families([word.font_family, ...this.cue.font_families]) : null,
      "letter-spacing": word.letter_spacing_em ? `${word.letter_spacing_em}em` : null,
      opacity: word.opacity < 1 ? String(word.opacity) : null,
    });
    const glyphs = element("span", "glyphs", node);
    // On the glyphs, because a decoration does not reach into inline blocks.
    if (decoration.length) glyphs.style.setProperty("text-decoration", decoration.join(" "));
    if (word.outline_px > 0) {
      setAll(glyphs.style, {
        "-webkit-text-stroke": `${word.outline_px}px ${word.outline_colour}`,
        "paint-order": "stroke fill",
      });
    }
    if (word.shadow) {
      const { dx, dy, blur, colour } = word.shadow;
      glyphs.style.setProperty("text-shadow", `${dx}px ${dy}px ${blur}px ${colour}`);
    }
    this.#addText(glyphs, word);
    return node;
  }

  #addText(glyphs, word) {
    if (word.syllables.length < 2) {
      glyphs.textContent = word.text;
      return;
    }
    glyphs.classList.add("by-syllable");
    const from = word.start_us - this.cue.start_us;
    const each = (word.end_us - word.start_us) / word.syllables.length;
    for (const [i, text] of word.syllables.entries()) {
      const part = element("span", "syllable", glyphs);
      part.style.setProperty("--start", ms(Math.round(from + i * each)));
      part.textContent = text;
    }
  }

  /** Put the cue into a frame, on top or under a cue that is there, and collect its animations. */
  attach(frame, above = null) {
    frame.insertBefore(this.root, above);
    const words = this.cue.lines.flatMap((line) => line.words);
    const nodes = this.root.querySelectorAll(".word");
    for (const [index, word] of words.entries()) {
      for (const effect of word.effects) this.#startEffect(nodes[index], effect, word, index, words.length);
    }
    for (const effect of this.cue.effects) this.#startEffect(this.box, effect, words[0], 0, 1);
    this.animations = this.root.getAnimations({ subtree: true });
    for (const animation of this.animations) animation.pause();
  }

  #startEffect(node, effect, word, index, count) {
    animate(node, effect, {
      delayMs: (effect.start_us - this.cue.start_us) / 1000,
      durationMs: (effect.end_us - effect.start_us) / 1000,
      index,
      count,
      emPx: word.size_px,
      framePx: this.framePx,
      seed: (seedOf(this.cue.id) ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0,
      colour: word.colour,
      waitingColour: word.waiting_colour,
    });
  }

  /** Measure the resting cue and stand it at its place. Its fonts must be there (`fontsReady`). */
  place() {
    const at = this.#measure();
    setAll(this.root.style, {
      left: `${at.left}px`,
      top: `${at.top}px`,
      "transform-origin": at.origin,
      transform: at.transform,
    });
  }

  #measure() {
    const place = this.cue.place;
    const [left, top, right, bottom] = place.area;
    const width = this.root.offsetWidth;
    const height = this.root.offsetHeight;
    const room = place.free ? Infinity : Math.min(place.max_width_px, right - left);
    const tall = place.free || this.cue.classes.includes("breaks-out") ? Infinity : bottom - top;
    const fit = Math.min(1, room / width, tall / height);
    const [vertical, horizontal] = place.anchor;
    const across = { l: 0, c: 0.5, r: 1 }[horizontal];
    const down = { t: 0, c: 0.5, b: 1 }[vertical];
    let x = place.x_px - across * width * fit;
    let y = place.y_px - down * height * fit;
    if (!place.free) {
      x = Math.max(left, Math.min(x, right - width * fit));
      y = tall === Infinity ? Math.min(y, bottom - height * fit) : Math.max(top, Math.min(y, bottom - height * fit));
    }
    // The untransformed element stands so that scaling about the anchor gives (x, y).
    const transforms = [];
    if (place.rotate_deg) transforms.push(`rotate(${place.rotate_deg}deg)`);
    const sx = fit * place.scale_x;
    const sy = fit * place.scale_y;
    if (sx !== 1 || sy !== 1) transforms.push(`scale(${sx}, ${sy})`);
    return {
      left: Math.round(x - across * width * (1 - fit)),
      top: Math.round(y - down * height * (1 - fit)),
      origin: `${across * 100}% ${down * 100}%`,
      transform: transforms.length ? transforms.join(" ") : null,
    };
  }

  /** Show the cue as it is at `us` (absolute microseconds); nothing shows outside its time. */
  seek(us) {
    this.show(us);
    const at = (us - this.cue.start_us) / 1000;
    for (const animation of this.animations) animation.currentTime = at;
  }

  show(us) {
    const visible = us >= this.cue.start_us && us < this.cue.end_us;
    this.root.style.visibility = visible ? "visible" : "hidden";
  }
}

/** Wait until every face that the attached text asks for is there; until then text is laid out in another. */
export async function fontsReady() {
  do {
    document.body.getBoundingClientRect(); // lays the page out, which is what asks for the faces
    await document.fonts.ready;
  } while (document.fonts.status === "loading");
}

export function makeFrame(width, height) {
  const frame = document.createElement("div");
  frame.className = "ecg-frame";
  frame.style.width = `${width}px`;
  frame.style.height = `${height}px`;
  return frame;
}

/** A live stage for a page: `await stage.load(scene)`, then `stage.seek(us)` as often as the player ticks. */
export class Stage {
  constructor(parent, width, height) {
    this.frame = makeFrame(width, height);
    this.height = height;
    this.scene = { cues: [] };
    this.views = new Map();
    parent.append(this.frame);
  }

  /** Show another scene; resolves when its fonts are there. */
  async load(scene) {
    this.frame.replaceChildren();
    this.views.clear();
    this.scene = scene;
    const probes = scene.cues.map((cue) => new CueView(cue, this.height));
    for (const probe of probes) {
      probe.root.style.visibility = "hidden";
      this.frame.append(probe.root);
    }
    await fontsReady();
    for (const probe of probes) probe.root.remove();
  }

  seek(us) {
    const active = this.scene.cues.filter((cue) => us >= cue.start_us && us < cue.end_us);
    const ids = new Set(active.map((cue) => cue.id));
    for (const [id, view] of this.views) {
      if (ids.has(id)) continue;
      view.root.remove();
      this.views.delete(id);
    }
    let above = null; // who comes later in the scene lies on top, whichever was seen first
    for (const cue of active.reverse()) {
      if (!this.views.has(cue.id)) {
        const view = new CueView(cue, this.height);
        view.attach(this.frame, above);
        view.place();
        this.views.set(cue.id, view);
      }
      this.views.get(cue.id).seek(us);
      above = this.views.get(cue.id).root;
    }
  }
}
