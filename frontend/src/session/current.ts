/** The one session of this tab, connected to the API and to React. */
import { useSyncExternalStore } from "react";
import { problemOf } from "../api/problem";
import { tokens } from "../api/runtime";
import { client } from "../client/client.gen";
import { postAuthLogout, postAuthRefresh } from "../client/sdk.gen";
import { Session, type SessionState } from "./session";

const LOCK = "ecg.refresh";

export const session = new Session({
  refresh: async () => (await postAuthRefresh()).data,
  signOut: () => postAuthLogout(),
  // a page without TLS has no locks; there each tab is on its own
  inTurn: async (task) => {
    await (navigator.locks ? navigator.locks.request(LOCK, task) : task());
  },
});

tokens.current = () => session.accessToken();

client.interceptors.error.use((thrown, response) => {
  const problem = problemOf(thrown, response);
  if (problem.status === 401) session.refused();
  return problem;
});

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, () => session.state);
}
