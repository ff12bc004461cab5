/** How the generated client calls: at this origin, with the access token of whoever is signed in. */
import type { CreateClientConfig } from "../client/client.gen";

/** Filled by the session, which itself calls through the client. */
export const tokens: { current: () => Promise<string | undefined> } = { current: async () => undefined };

export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  baseUrl: "",
  auth: () => tokens.current(),
});
