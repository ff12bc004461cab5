import { describe, expect, it, vi } from "vitest";
import { Problem } from "../api/problem";
import type { SignedIn } from "../client/types.gen";
import { Session } from "./session";

const USER = { id: "u", username: "Jiwoo" } as SignedIn["user"];
const signedIn = (token: string): SignedIn => ({ access_token: token, expires_in: 900, user: USER });
const refusal = (status: number) => new Problem("no", { code: "NO", status });

function sessionOf(refresh: () => Promise<SignedIn>) {
  const clock = { now: 0 };
  const calls = {
    refresh: vi.fn(refresh),
    signOut: vi.fn(async () => {}),
    inTurn: (task: () => Promise<void>) => task(),
  };
  return { session: new Session(calls, () => clock.now), calls, clock };
}

describe("a session", () => {
  it("has no token before somebody signs in", async () => {
    const { session, calls } = sessionOf(async () => signedIn("a"));
    expect(await session.accessToken()).toBeUndefined();
    expect(calls.refresh).not.toHaveBeenCalled();
  });

  it("comes back by the cookie", async () => {
    const { session } = sessionOf(async () => signedIn("a"));
    await session.refresh();
    expect(session.state).toEqual({ phase: "in", user: USER });
    expect(await session.accessToken()).toBe("a");
  });

  it("replaces a token shortly before it ends, once for all who ask", async () => {
    const { session, calls, clock } = sessionOf(async () => signedIn("b"));
    session.entered(signedIn("a"));
    expect(await session.accessToken()).toBe("a");
    clock.now = 850_000;
    expect(await Promise.all([session.accessToken(), session.accessToken()])).toEqual(["b", "b"]);
    expect(calls.refresh).toHaveBeenCalledOnce();
  });

  it("is out when the cookie is refused", async () => {
    const { session } = sessionOf(() => Promise.reject(refusal(401)));
    session.entered(signedIn("a"));
    session.refused();
    await session.refresh();
    expect(session.state).toEqual({ phase: "out" });
  });

  it("stays in while the server is away", async () => {
    const { session, clock } = sessionOf(() => Promise.reject(refusal(0)));
    session.entered(signedIn("a"));
    clock.now = 890_000;
    expect(await session.accessToken()).toBe("a");
  });

  it("says that the server is away where it cannot know", async () => {
    const { session } = sessionOf(() => Promise.reject(refusal(503)));
    await session.refresh();
    expect(session.state.phase).toBe("away");
  });

  it("is out after signing out, even when the server does not hear of it", async () => {
    const { session, calls } = sessionOf(async () => signedIn("a"));
    session.entered(signedIn("a"));
    calls.signOut.mockRejectedValueOnce(refusal(0));
    await session.signOut().catch(() => {});
    expect(session.state).toEqual({ phase: "out" });
    expect(await session.accessToken()).toBeUndefined();
  });

  it("tells its listeners until they leave", () => {
    const { session } = sessionOf(async () => signedIn("a"));
    const heard = vi.fn();
    const leave = session.subscribe(heard);
    session.entered(signedIn("a"));
    leave();
    session.entered(signedIn("b"));
    expect(heard).toHaveBeenCalledOnce();
  });
});
