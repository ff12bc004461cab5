/**
 * The sign-in of this browser. The access token lives in memory alone; the refresh token is a cookie that no script
 * can read. A refresh token works once, so tabs take turns (`navigator.locks`).
 */
import { type Problem, problemOf } from "../api/problem";
import type { SignedIn, UserView } from "../client/types.gen";

export type SessionState =
  | { phase: "unknown" }
  | { phase: "away"; problem: Problem }
  | { phase: "out" }
  | { phase: "in"; user: UserView };

export interface SessionCalls {
  /** Throws a Problem. */
  refresh(): Promise<SignedIn>;
  signOut(): Promise<unknown>;
  /** Runs `task` while no other tab runs one. */
  inTurn(task: () => Promise<void>): Promise<void>;
}

/** A token is replaced when it has less left, so that no request goes out with one that ends on the way. */
const MARGIN_MS = 60_000;

export class Session {
  #state: SessionState = { phase: "unknown" };
  #token = "";
  #endsAt = 0;
  #refreshing: Promise<void> | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #calls: SessionCalls;
  readonly #now: () => number;

  constructor(calls: SessionCalls, now: () => number = Date.now) {
    this.#calls = calls;
    this.#now = now;
  }

  get state(): SessionState {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** For the `Authorization` header; undefined while nobody is signed in. */
  async accessToken(): Promise<string | undefined> {
    if (this.#state.phase === "in" && this.#now() > this.#endsAt - MARGIN_MS) await this.refresh();
    return this.#state.phase === "in" ? this.#token : undefined;
  }

  /** Somebody signed in or up. */
  entered(signedIn: SignedIn): void {
    this.#token = signedIn.access_token;
    this.#endsAt = this.#now() + signedIn.expires_in * 1000;
    this.#become({ phase: "in", user: signedIn.user });
  }

  /** Ask with the cookie for an access token; one call at a time in all tabs. Never throws. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#calls
      .inTurn(async () => this.entered(await this.#calls.refresh()))
      .catch((error: unknown) => this.#failed(problemOf(error)))
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  /** The API refused the token: who still has a cookie gets another one, who has none is signed out. */
  refused(): void {
    if (this.#state.phase !== "in" || this.#refreshing) return;
    this.#endsAt = 0;
    void this.refresh();
  }

  async signOut(): Promise<void> {
    try {
      await this.#calls.signOut();
    } finally {
      this.#leave();
    }
  }

  #failed(problem: Problem): void {
    if (problem.status === 401 || problem.status === 403) this.#leave();
    // a server that is away ends no sign-in: who was in stays in, and the next call tries again
    else if (this.#state.phase !== "in") this.#become({ phase: "away", problem });
  }

  #leave(): void {
    this.#token = "";
    this.#endsAt = 0;
    this.#become({ phase: "out" });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
