/**
 * What an effect moves one after another: letters, words, or the whole element that carries it.
 */

/** Scripts whose letters join: cut into boxes they would lose their shapes, so they move as one. */
const JOINED =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Adlam}\p{Script=Mandaic}]/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

function leavesOf(glyphs) {
  const syllables = [...glyphs.querySelectorAll(".syllable")];
  return syllables.length ? syllables : [glyphs];
}

/** Wrap each grapheme of `leaf` in a `.char`; done once, however many effects ask. */
function charsOf(leaf) {
  const done = [...leaf.querySelectorAll(".char")];
  if (done.length) return done;
  const parts = [...graphemes.segment(leaf.textContent)].map(({ segment }) => {
    if (!segment.trim()) return segment;
    const char = document.createElement("span");
    char.className = "char";
    char.style.display = "inline-block";
    char.textContent = segment;
    return char;
  });
  leaf.replaceChildren(...parts);
  return parts.filter((part) => part instanceof Element);
}

function lettersOf(glyphs) {
  if (JOINED.test(glyphs.textContent)) {
    const size = [...graphemes.segment(glyphs.textContent)].length;
    return [{ box: glyphs, inks: leavesOf(glyphs), size, joined: true }];
  }
  // Boxes hide their letters from the bidi algorithm: the word itself must say its direction.
  if (!glyphs.dir) glyphs.dir = "auto";
  return leavesOf(glyphs)
    .flatMap(charsOf)
    .map((char) => ({ box: char, inks: [char], size: 1 }));
}

/**
 * The units of `element`, in the order of the text.
 *
 * @param {"char"|"word"|"whole"} kind
 * @param {boolean} nested move the `.glyphs` inside words and not the words themselves
 * @returns {{box: Element, inks: Element[], size: number, joined?: boolean}[]} `box` takes movements and opacity,
 *   `inks` take colours and shadows; `size` is the number of turns that the unit takes in a row of units
 */
export function unitsOf(element, kind, nested) {
  const glyphs = [...element.querySelectorAll(".glyphs")];
  if (kind === "char") return glyphs.flatMap(lettersOf);
  if (kind === "word" || nested) {
    return glyphs.map((part) => ({ box: nested ? part : part.parentElement, inks: leavesOf(part), size: 1 }));
  }
  return [{ box: element, inks: glyphs.flatMap(leavesOf), size: 1 }];
}
