import { defineConfig } from "@hey-api/openapi-ts";

/** Calls are named by method and path, so that renaming a Python function changes nothing here. */
function nameOf(method: string, path: string): string {
  const steps = path
    .replace(/^\/api\//, "/")
    .replace("/live-monitoring/", "/live/")
    .split("/");
  const words = steps.filter(Boolean).map((step) => step.replace(/^\{(.*)\}$/, "by_$1"));
  return [method, ...words].join("_");
}

export default defineConfig({
  input: "openapi.json",
  output: { path: "src/client", clean: true },
  parser: {
    patch: {
      operations: (method, path, operation) => {
        operation.operationId = nameOf(method, path);
      },
    },
  },
  plugins: [
    { name: "@hey-api/client-fetch", runtimeConfigPath: "./src/api/runtime", throwOnError: true },
    "@hey-api/typescript",
    "@hey-api/sdk",
    { name: "@tanstack/react-query", infiniteQueryOptions: false },
  ],
});
