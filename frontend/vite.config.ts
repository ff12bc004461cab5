import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds the API; with `ecg serve api` on its usual port nothing needs to be said. */
const api = process.env.ECG_API ?? "http://127.0.0.1:8000";
const proxied = { target: api, changeOrigin: true };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: { proxy: { "/api": proxied, "/files": proxied, "/health": proxied } },
  build: {
    outDir: "../src/ecg/web_app/site",
    emptyOutDir: true,
    // fonts as files: the content security policy allows no data: URLs for them
    assetsInlineLimit: 0,
    target: "es2023",
    chunkSizeWarningLimit: 700,
  },
});
