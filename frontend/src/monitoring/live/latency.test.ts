import { describe, expect, it } from "vitest";
import { latencyOf } from "./latency";

const NOW = 1_800_000_000_000;
const shown = (seconds: number) => new Date(NOW - seconds * 1000);

describe("latencyOf", () => {
  it("is the age of the shown frame", () => {
    expect(latencyOf({ playing: shown(3.2), edgeLatency: 2.1, now: NOW })).toBeCloseTo(3.2);
  });

  it("is what the playlist says where the clocks differ", () => {
    expect(latencyOf({ playing: shown(-5), edgeLatency: 2.1, now: NOW })).toBe(2.1);
    expect(latencyOf({ playing: shown(7200), edgeLatency: 2.1, now: NOW })).toBe(2.1);
  });

  it("is unknown while nothing is known", () => {
    expect(latencyOf({ playing: null, edgeLatency: 0, now: NOW })).toBeNull();
  });
});
