/** Builds a cue as the stage does, starts effects on it, and reports what can be seen at given times. */
import { animate, EFFECTS } from "./effects.js";

function element(name, className, parent) {
  const node = document.createElement(name);
  node.className = className;
  parent.append(node);
  return node;
}

function build({ texts, syllables, shadow, opacity, dir }) {
  document.body.replaceChildren();
  const frame = element("div", "ecg-frame", document.body);
  Object.assign(frame.style, { width: "1280px", height: "720px" });
  const cue = element("div", "cue", frame);
  cue.dir = dir ?? "ltr";
  Object.assign(cue.style, { left: "400px", top: "300px" });
  const box = element("div", "box", cue);
  const line = element("div", "line", box);
  for (const text of texts) {
    const word = element("span", "word", line);
    word.style.fontSize = "40px";
    if (opacity) word.style.opacity = String(opacity);
    for (const [name, value] of [
      ["--start", "0ms"],
      ["--waiting", "#fff"],
      ["--colour", "#ffcc00"],
    ]) {
      word.style.setProperty(name, value);
    }
    const glyphs = element("span", "glyphs", word);
    if (shadow) glyphs.style.textShadow = shadow;
    if (syllables) {
      glyphs.classList.add("by-syllable");
      for (const part of syllables) element("span", "syllable", glyphs).textContent = part;
    } else glyphs.textContent = text;
    line.append(" ");
  }
  return box;
}

const SEEN = [
  "opacity",
  "color",
  "textShadow",
  "filter",
  "clipPath",
  "transform",
  "translate",
  "rotate",
  "scale",
];

function look(node) {
  const style = getComputedStyle(node);
  const { x, y, width, height } = node.getBoundingClientRect();
  return {
    kind: node.className,
    text: node.textContent,
    rect: [x, y, width, height],
    ...Object.fromEntries(SEEN.map((name) => [name, style[name]])),
  };
}

/**
 * @param {object} page what to build, and `on`: "word" (the first) or "box"
 * @param {object[]} effects started one after the other, each with its own window [start, end] in ms
 * @param {number[]} times in ms on the cue's clock
 * @returns {{started: number[], paused: boolean, frames: object[][]}} for every time the look of the box and of all in it
 */
globalThis.probe = (page, effects, times) => {
  const box = build(page);
  const target = page.on === "box" ? box : box.querySelector(".word");
  const started = effects.map(({ window: [start, end], ...effect }) =>
    animate(target, effect, {
      delayMs: start,
      durationMs: end - start,
      index: 0,
      count: 1,
      emPx: 40,
      framePx: page.framePx ?? 720,
      seed: page.seed ?? 7,
      colour: "#ffcc00",
      waitingColour: "#fff",
    }),
  );
  const all = box.getAnimations({ subtree: true });
  const paused = started.flat().every((animation) => animation.playState === "paused");
  for (const animation of all) animation.pause();
  const frames = times.map((time) => {
    for (const animation of all) animation.currentTime = time;
    return [box, ...box.querySelectorAll("*")].map(look);
  });
  return { started: started.map((list) => list.length), paused, frames };
};

globalThis.table = () =>
  Object.fromEntries(Object.entries(EFFECTS).map(([name, { unit, params }]) => [name, { unit, params }]));
