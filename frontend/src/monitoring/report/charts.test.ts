import { describe, expect, it } from "vitest";
import { areaOf, axisTop, curves, pathOf } from "./charts";

const points = [0, 1, 2, 10, 11].map((x) => ({ x, y: x * 2 }));

describe("curves", () => {
  it("break where nothing was measured", () => {
    expect(curves(points, 3).map((curve) => curve.length)).toEqual([3, 2]);
  });

  it("are none for no points", () => {
    expect(curves([], 3)).toEqual([]);
  });
});

describe("paths", () => {
  it("go through the points", () => {
    expect(pathOf(points.slice(0, 3))).toBe("M0 0L1 2L2 4");
  });

  it("enclose the area below", () => {
    expect(areaOf(points.slice(1, 3), 9)).toBe("M1 2L2 4L2 9L1 9Z");
    expect(areaOf([], 9)).toBe("");
  });
});

describe("axisTop", () => {
  it("leaves no count outside and has whole quarters", () => {
    expect(axisTop([0, 0])).toBe(4);
    expect(axisTop([5])).toBe(8);
    expect(axisTop([8])).toBe(8);
    expect(axisTop([])).toBe(4);
  });
});
