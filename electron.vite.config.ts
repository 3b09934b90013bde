import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { shippedLicences } from './scripts/shipped-licences.mjs';

const root = import.meta.dirname;

/** The programs of the main bundle: the command line, the tokenizer's worker and the Electron entry, each where its source is there. */
const entries = {
  cli: 'src-main/cli.ts',
  'tokenizer-worker': 'src-main/models/tokenizer-worker.ts',
  desktop: 'src-main/desktop.ts',
};
const input = Object.fromEntries(
  Object.entries(entries)
    .map(([name, path]) => [name, resolve(root, path)] as const)
    .filter(([, path]) => existsSync(path)),
);

const licences = shippedLicences([resolve(root, 'node_modules/keytar')]);

export default defineConfig({
  main: {
    plugins: [licences.collect()],
    build: {
      outDir: 'out/main',
      // A service that runs from the last build still loads its lazy chunks; hashed names keep the builds apart.
      emptyOutDir: false,
      // Only keytar (native) stays outside: pure JavaScript in one bundle starts faster and packs smaller.
      externalizeDeps: true,
      target: 'node20.18',
      minify: false,
      sourcemap: false,
      rollupOptions: {
        input,
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      emptyOutDir: true,
      minify: false,
      sourcemap: false,
      rollupOptions: {
        input: { preload: resolve(root, 'src-main/desktop/preload.ts') },
        // A sandboxed preload script can't be a module (Electron's docs, tutorial/esm.md).
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  ...(existsSync(resolve(root, 'src-renderer/index.html'))
    ? {
        renderer: {
          root: resolve(root, 'src-renderer'),
          // The same files are served under /ui/ and, in the desktop, under app://.
          base: './',
          plugins: [react(), tailwindcss(), licences.write()],
          build: {
            outDir: resolve(root, 'out/renderer'),
            emptyOutDir: true,
            minify: true,
            // Inlined data: scripts would break the content security policy.
            assetsInlineLimit: 0,
            // The page is read from this computer: its size costs next to nothing.
            chunkSizeWarningLimit: 1000,
            modulePreload: { polyfill: false },
            rollupOptions: { input: resolve(root, 'src-renderer/index.html') },
          },
        },
      }
    : {}),
});
