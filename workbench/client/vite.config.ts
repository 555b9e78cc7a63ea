import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname;

/** Socket.IO's own build for browsers, licence included, beside what is built here. */
const socketIo: Plugin = {
  name: "socket-io",
  generateBundle() {
    // Its `exports` do not name the file, but the folder can be had.
    const home = resolve(createRequire(import.meta.url).resolve("socket.io-client/package.json"), "..");
    const script = readFileSync(resolve(home, "dist/socket.io.min.js"), "utf8");
    // The map is not served: a browser would look for it in vain.
    const source = script.replace(/^\/\/# sourceMappingURL=.*\n?/m, "");
    this.emitFile({ type: "asset", fileName: "socket.io.js", source });
  },
};

/** Two builds: the npm package in dist/, and (mode `served`) the files that the server hands out. */
export default defineConfig(({ mode }) => ({
  build: {
    target: "es2022",
    ...(mode === "served"
      ? {
          lib: { entry: resolve(here, "src/index.ts"), formats: ["es"] as const, fileName: () => "client.js" },
          outDir: resolve(here, "../../motia_py/web/static"),
          // The server's own page lives there too.
          emptyOutDir: false,
          // Vite leaves the white space of a library's build.
          rolldownOptions: { output: { minify: true }, plugins: [socketIo] },
        }
      : {
          lib: {
            entry: { index: resolve(here, "src/index.ts"), react: resolve(here, "src/react.tsx") },
            formats: ["es"] as const,
          },
          minify: false,
          sourcemap: true,
          rolldownOptions: { external: ["react", "react/jsx-runtime"] },
        }),
  },
  test: { include: ["tests/**/*.test.{ts,tsx}"], testTimeout: 20_000, hookTimeout: 30_000 },
}));
