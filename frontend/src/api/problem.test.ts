import { describe, expect, it } from "vitest";
import { Problem, problemOf } from "./problem";

const answer = (status: number) => new Response(null, { status });

describe("problemOf", () => {
  it("keeps code, words, hint and request id", () => {
    const told = {
      code: "CONFLICT",
      detail: "it was changed",
      status: 409,
      hint: "load it",
      request_id: "7",
    };
    const problem = problemOf(told, answer(409));
    expect(problem).toMatchObject({
      code: "CONFLICT",
      message: "it was changed",
      hint: "load it",
      requestId: "7",
    });
  });

  it("understands the older contract's shape", () => {
    const problem = problemOf(
      { code: "RENDER_QUOTA_DAILY_EXCEEDED", message: "enough for today" },
      answer(429),
    );
    expect(problem).toMatchObject({ status: 429, message: "enough for today" });
  });

  it("calls no answer unreachable", () => {
    expect(problemOf(new TypeError("Failed to fetch"))).toMatchObject({ code: "UNREACHABLE", status: 0 });
  });

  it("names the status of an answer that is none of ours", () => {
    expect(problemOf("<html>Bad gateway</html>", answer(502))).toMatchObject({
      code: "HTTP_502",
      status: 502,
    });
  });

  it("leaves a problem as it is", () => {
    const problem = new Problem("x", { code: "X", status: 400 });
    expect(problemOf(problem)).toBe(problem);
  });
});
