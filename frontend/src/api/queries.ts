/** Server state: one cache for all pages. */
import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // what was refused stays refused; what did not come through may the next time
      retry: (failures, error) => failures < 2 && isPassing(error),
      retryDelay: (failures) => Math.min(1_000 * 2 ** failures, 8_000),
    },
  },
});

function isPassing(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status >= 500);
}
