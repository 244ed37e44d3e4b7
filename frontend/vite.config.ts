import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const backend = process.env.WINNOW_BACKEND ?? "http://127.0.0.1:8000";

export default defineConfig(({ command }) => ({
  // Django serves the build from its static files; the dev server serves from the root.
  base: command === "build" ? "/static/app/" : "/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    manifest: true,
    target: "es2022",
    // A data: URI would need its own CSP source; assets are always files.
    assetsInlineLimit: 0,
    // The polyfill is an inline script, which the CSP forbids; every supported browser preloads modules.
    modulePreload: { polyfill: false },
    rollupOptions: { input: "src/main.tsx" },
  },
  server: {
    port: 5173,
    // changeOrigin stays false: Django's CSRF check wants Origin = Host.
    proxy: { "^/(api|accounts|media)/": { target: backend, changeOrigin: false } },
  },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: { modules: { classNameStrategy: "non-scoped" } },
    maxWorkers: 2,
    testTimeout: 60_000, // a test that hangs ends; a busy machine breaks none
  },
}));
