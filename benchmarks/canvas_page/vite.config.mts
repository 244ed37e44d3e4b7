import { fileURLToPath } from "node:url";

const frontend = fileURLToPath(new URL("../../frontend/", import.meta.url));

interface Resolver {
  resolve(source: string, importer: string, options: { skipSelf: boolean }): Promise<unknown>;
}

/** This page has no packages of its own: it finds React and Konva where the product's pages do. */
const packagesOfTheFrontend = {
  name: "packages-of-the-frontend",
  async resolveId(this: Resolver, source: string, importer: string | undefined) {
    const bare = !/^[./\0]/.test(source);
    if (!bare || importer === undefined || importer.startsWith(frontend)) return null;
    return this.resolve(source, `${frontend}src/main.tsx`, { skipSelf: true });
  },
};

export default {
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [packagesOfTheFrontend],
  build: { target: "es2022", emptyOutDir: true, chunkSizeWarningLimit: 2000 },
};
