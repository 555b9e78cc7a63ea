import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname;

/** Two builds: the npm package in dist/, and (mode `served`) the one file that the server hands out. */
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
          rolldownOptions: { output: { minify: true } },
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
