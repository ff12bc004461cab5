/**
 * Effects that make text appear. Before their window the text is hidden, after it plain.
 * The shape of an entry is described in effects.js.
 */
import { ease, SINE_IN_OUT, SINE_OUT, spring } from "./effect-curves.js";

export const ENTRANCES = {
  fadein: {
    unit: "char",
    fill: "backwards",
    params: {
      staggerDelay: 0.1,
      animationDuration: 0.8,
      startOpacity: 0,
      scaleStart: 0.9,
      ease: "power2.out",
    },
    total: (p, n) => (n - 1) * p.staggerDelay + p.animationDuration + 0.4,
    parts: (p, { i }) => {
      const begin = i * p.staggerDelay;
      const whole = p.animationDuration + 0.4;
      const settled = p.animationDuration / whole;
      const easing = ease(p.ease);
      return [
        {
          from: begin,
          to: begin + whole,
          frames: [
            { offset: 0, opacity: p.startOpacity, scale: p.scaleStart, easing },
            { offset: settled, opacity: 1, scale: 1, easing: SINE_OUT },
            { offset: (settled + 1) / 2, opacity: 1, scale: 1.03, easing: SINE_IN_OUT },
            { offset: 1, opacity: 1, scale: 1 },
          ],
        },
        {
          on: "inks",
          from: begin,
          to: begin + p.animationDuration,
          frames: [{ offset: 0, color: "#999999", easing }],
        },
      ];
    },
  },
  slideup: {
    unit: "word",
    fill: "backwards",
    params: {
      slideDistance: 30,
      animationDuration: 1,
      staggerDelay: 0.12,
      easeType: "power2.out",
      blurEffect: true,
    },
    total: (p, n) => (n - 1) * p.staggerDelay + 1.2 * p.animationDuration,
    parts: (p, { i, px }) => {
      const begin = i * p.staggerDelay;
      const arrived = begin + p.animationDuration;
      const easing = ease(p.easeType);
      const tracks = [
        {
          from: begin,
          to: arrived,
          frames: [{ offset: 0, translate: `0px ${p.slideDistance * px}px`, opacity: 0, easing }],
        },
        {
          on: "inks",
          from: begin,
          to: begin + 1.2 * p.animationDuration,
          frames: [{ offset: 0, color: "#888888", easing }],
        },
      ];
      if (p.blurEffect)
        tracks.push({
          from: begin,
          to: arrived,
          frames: [{ offset: 0, filter: `blur(${3 * px}px)`, easing }],
        });
      return tracks;
    },
  },
  elastic: {
    unit: "word",
    fill: "backwards",
    params: { bounceStrength: 0.7, animationDuration: 1.5, staggerDelay: 0.1, startScale: 0, overshoot: 1.3 },
    total: (p, n) => (n - 1) * p.staggerDelay + 0.8 * p.animationDuration + 0.5,
    parts: (p, { i }) => {
      const begin = i * p.staggerDelay;
      return [
        {
          from: begin,
          to: begin + 0.7 * p.animationDuration,
          frames: [
            {
              offset: 0,
              scale: p.startScale,
              easing: spring(p.bounceStrength),
            },
            { offset: 4 / 7, scale: p.overshoot, easing: ease("power2.out") },
            { offset: 1, scale: 1 },
          ],
        },
        {
          on: "inks",
          from: begin,
          to: begin + 0.8 * p.animationDuration,
          frames: [{ offset: 0, color: "#666666" }],
        },
      ];
    },
  },
  scalepop: {
    unit: "char",
    fill: "backwards",
    params: {
      popScale: 1.5,
      animationDuration: 1.2,
      staggerDelay: 0.08,
      bounceStrength: 0.6,
      colorPop: true,
    },
    total: (p, n) => (n - 1) * p.staggerDelay + p.animationDuration,
    parts: (p, { i }) => {
      const begin = i * p.staggerDelay;
      const end = begin + p.animationDuration;
      const tracks = [
        {
          from: begin,
          to: end,
          frames: [
            { offset: 0, scale: 0, easing: ease("back.out(2)") },
            {
              offset: 0.4,
              scale: p.popScale,
              easing: spring(p.bounceStrength),
            },
            { offset: 1, scale: 1 },
          ],
        },
      ];
      if (p.colorPop)
        tracks.push({
          on: "inks",
          from: begin,
          to: end,
          frames: [{ offset: 0, color: "#ffff99", easing: ease("power2.in") }],
        });
      return tracks;
    },
  },
  rotation: {
    unit: "char",
    fill: "backwards",
    params: {
      rotationDegrees: 360,
      animationDuration: 1.5,
      staggerDelay: 0.1,
      perspective: 800,
      axisX: false,
      axisY: true,
      axisZ: false,
    },
    total: (p, n) => (n - 1) * p.staggerDelay + p.animationDuration,
    parts: (p, { i, px }) => {
      const begin = i * p.staggerDelay;
      const turn = (degrees, scale) =>
        `perspective(${Math.max(1, p.perspective) * px}px) rotateX(${p.axisX ? degrees : 0}deg) ` +
        `rotateY(${p.axisY ? degrees : 0}deg) rotateZ(${p.axisZ ? degrees : 0}deg) scale(${scale})`;
      return [
        {
          from: begin,
          to: begin + p.animationDuration,
          frames: [
            {
              offset: 0,
              opacity: 0,
              transform: turn(-p.rotationDegrees / 4, 0.5),
              easing: ease("power2.out"),
            },
            { offset: 0.7, opacity: 1, transform: turn(p.rotationDegrees, 1.1), easing: ease("back.out") },
            { offset: 1, opacity: 1, transform: turn(0, 1) },
          ],
        },
      ];
    },
  },
  magnetic: {
    unit: "char",
    fill: "backwards",
    params: { magnetStrength: 15, animationDuration: 1.2, attractionDelay: 0.1, elasticity: 0.8 },
    total: (p, n) => (n - 1) * p.attractionDelay + p.animationDuration,
    parts: (p, { i, px, random }) => {
      const begin = i * p.attractionDelay;
      const reach = p.magnetStrength;
      const away = {
        translate: `${random() * reach * px}px ${random() * reach * px}px`,
        rotate: `${random() * reach}deg`,
      };
      const home = { translate: "0px 0px", rotate: "0deg" };
      return [
        { from: begin, to: begin + Math.min(0.3, p.animationDuration), frames: [{ offset: 0, opacity: 0 }] },
        {
          from: begin,
          to: begin + p.animationDuration,
          frames: [
            { offset: 0, ...home, easing: ease("power2.out") },
            { offset: 0.4, ...away, easing: spring(p.elasticity) },
            { offset: 1, ...home },
          ],
        },
      ];
    },
  },
  typewriter: {
    unit: "char",
    fill: "backwards",
    params: { typingSpeed: 0.05, showCursor: true, cursorBlink: true, cursorChar: "|" },
    parts: (p, env) => {
      const { i, n, unit } = env;
      const step = Math.min(p.typingSpeed, 1 / n); // a long text is typed faster: it is all there at the end
      if (unit.joined) return typeJoined(unit, i * step, step);
      const typed = (i + 1) * step;
      const tracks = [{ from: 0, to: typed, frames: [{ offset: 0, opacity: 0, easing: "step-end" }] }];
      if (p.showCursor && typed < 0.5)
        tracks.push(...cursor(p, env, typed, i === n - 1 ? 0.5 : Math.min(0.5, typed + step)));
      return tracks;
    },
  },
  fliptype: {
    unit: "char",
    fill: "backwards",
    params: {
      typingSpeed: 15,
      typingDelay: 0.3,
      flipDuration: 0.6,
      flipAngle: 180,
      flipDirection: "horizontal",
    },
    total: (p, n) => p.typingDelay + (n - 1) / Math.max(0.1, p.typingSpeed) + p.flipDuration,
    parts: (p, { i }) => {
      const begin = p.typingDelay + i / Math.max(0.1, p.typingSpeed);
      const axis = p.flipDirection === "vertical" ? "X" : "Y";
      return [
        {
          from: begin,
          to: begin + p.flipDuration,
          frames: [
            {
              offset: 0,
              opacity: 0,
              transform: `rotate${axis}(${p.flipAngle}deg) scale(0.8)`,
              easing: ease("power2.out"),
            },
            { offset: 1, opacity: 1, transform: `rotate${axis}(0deg) scale(1)` },
          ],
        },
      ];
    },
  },
  fadeIn: {
    unit: "whole",
    fill: "backwards",
    params: {},
    parts: () => [{ frames: [{ offset: 0, opacity: 0, easing: ease("power2.out") }] }],
  },
};

/** Joined letters are uncovered step by step from the side where reading starts. */
function typeJoined({ box, size }, begin, step) {
  const hidden =
    getComputedStyle(box).direction === "rtl" ? "inset(-50% 0% -50% 100%)" : "inset(-50% 100% -50% 0%)";
  return [
    {
      from: begin,
      to: begin + size * step,
      frames: [
        { offset: 0, clipPath: hidden, easing: `steps(${size})` },
        { offset: 1, clipPath: "inset(-50% 0% -50% 0%)" },
      ],
    },
  ];
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
  const frames = p.cursorBlink
    ? [
        { offset: 0, ...lit },
        { offset: 0.5, opacity: 0, easing: "step-end" },
        { offset: 1, opacity: 0 },
      ]
    : [
        { offset: 0, ...lit },
        { offset: 1, opacity: 1 },
      ];
  return [{ element: mark, from, to, repeat: blinks, fill: "none", frames }];
}
