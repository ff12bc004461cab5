/**
 * Colours and shadows of effects.
 */

export function colourOr(value, fallback) {
  return typeof value === "string" && CSS.supports("color", value) ? value : fallback;
}

export const faded = (colour, alpha) =>
  `color-mix(in srgb, ${colour} ${Math.round(Math.min(1, Math.max(0, alpha)) * 100)}%, transparent)`;

/** The shadow that a unit has without the effect, to be kept behind the effect's own. */
export function ownShadow({ box, inks }) {
  const shadow = getComputedStyle(inks[0] ?? box).textShadow;
  return shadow === "none" ? "" : `, ${shadow}`;
}
