import { describe, expect, it } from "vitest";
import { clamp, dayOf, following, holding, joined, neighbour, share, sight, ticks } from "./span";

const HOUR = 3_600_000;
const MIDNIGHT = new Date(2026, 2, 10).getTime();
const at = (hours: number) => MIDNIGHT + hours * HOUR;
const stretch = (from: number, to: number) => ({
  start: new Date(at(from)).toISOString(),
  end: new Date(at(to)).toISOString(),
});
const DAY = { from: at(0), to: at(24) };

describe("joined", () => {
  it("makes one of stretches that follow one another, in whatever order they come", () => {
    expect(joined([stretch(2, 3), stretch(1, 2), stretch(5, 6)])).toEqual([
      { from: at(1), to: at(3) },
      { from: at(5), to: at(6) },
    ]);
  });

  it("does not shorten a stretch that holds another", () => {
    expect(joined([stretch(1, 5), stretch(2, 3)])).toEqual([{ from: at(1), to: at(5) }]);
  });

  it("is empty for nothing", () => {
    expect(joined([])).toEqual([]);
  });
});

describe("holding and following", () => {
  const stretches = [stretch(3, 4), stretch(1, 2)];

  it("finds the stretch of a moment; its end belongs to the next", () => {
    expect(holding(stretches, at(1))).toBe(stretches[1]);
    expect(holding(stretches, at(2))).toBeUndefined();
  });

  it("finds the stretch that begins next", () => {
    expect(following(stretches, at(2))).toBe(stretches[0]);
    expect(following(stretches, at(3.5))).toBeUndefined();
  });
});

describe("days", () => {
  it("begin at local midnight", () => {
    expect(dayOf(at(13.5))).toEqual(DAY);
  });

  it("have neighbours", () => {
    expect(neighbour(DAY, -1).to).toBe(DAY.from);
    expect(neighbour(DAY, 1).from).toBe(DAY.to);
  });
});

describe("sight", () => {
  it("lies around the moment and never beyond the day", () => {
    expect(sight(DAY, 6, at(12))).toEqual({ from: at(9), to: at(15) });
    expect(sight(DAY, 6, at(1))).toEqual({ from: at(0), to: at(6) });
    expect(sight(DAY, 6, at(23))).toEqual({ from: at(18), to: at(24) });
    expect(sight(DAY, 24, at(3))).toEqual(DAY);
  });
});

describe("share and clamp", () => {
  it("say where a moment lies", () => {
    expect(share(DAY, at(6))).toBe(0.25);
    expect(share(DAY, at(-6))).toBe(-0.25);
    expect(clamp(DAY, at(30))).toBe(at(24));
  });
});

describe("ticks", () => {
  it("are three hours apart in a day, ten minutes in an hour", () => {
    expect(ticks(DAY)).toHaveLength(9);
    expect(ticks({ from: at(1), to: at(2) })).toHaveLength(7);
    expect(ticks({ from: at(1.05), to: at(2.05) })[0]).toBe(at(1) + HOUR / 6);
  });
});
