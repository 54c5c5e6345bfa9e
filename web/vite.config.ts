import { fileURLToPath } from 'node:url';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env.ATOLL_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwind()],
  resolve: {
    alias: {
      '@': fileURLToPath(new URL('./src', import.meta.url)),
      'react-style-singleton': fileURLToPath(new URL('./src/lib/sheets.ts', import.meta.url)),
    },
  },
  server: { port: 5173, proxy: { '/api': server, '/health': server } },
  build: {
    target: 'es2023',
    manifest: true,
    // Data URLs would need img-src and font-src data: in the CSP.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Every page's files are listed in the first one: names that say something would be a hundredth of it.
        chunkFileNames: 'assets/[hash].js',
        codeSplitting: {
          // What every page needs is one file: it compresses better than many small ones.
          groups: [
            {
              name: 'base',
              test: /node_modules[\\/](react|react-dom|scheduler|@tanstack[\\/](react-router|router-core|history|react-store|store)|clsx|zustand)[\\/]/,
            },
            // So are the few parts of ours that the first screen shares with all others, with their icons.
            {
              name: 'first',
              test: /src[\\/](i18n[\\/](?!terms|redaction)|lib[\\/]cn|ui[\\/](button|spinner|field|notice|logo)\.)|lucide-react[\\/]dist[\\/]esm[\\/](?!icons)|lucide-react[\\/].*[\\/]icons[\\/](eye|eye-off|sun|moon|circle-alert|circle-x|info|triangle-alert)\./,
              priority: 2,
            },
            // And the icons of the rail: each alone would be a file with hardly anything in it.
            {
              name: 'rail',
              test: /lucide-react[\\/].*[\\/]icons[\\/](circle-user|cpu|database|ellipsis|gauge|house|key-round|languages|layout-grid|list-tree|log-out|panel-left-close|panel-left-open|scroll-text|users)\./,
              priority: 2,
            },
            // And the icons that many pages have, but those of the first screen.
            {
              name: 'icons',
              test: /lucide-react[\\/].*[\\/]icons[\\/](?!eye|sun|moon|circle-alert|circle-x|info|triangle-alert|loader)/,
              minShareCount: 6,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  test: {
    restoreMocks: true,
    testTimeout: 30_000,
    // A page is costly to make: only tests of components have one.
    projects: [
      { extends: true, test: { name: 'plain', environment: 'node', include: ['src/**/*.test.ts'], isolate: false } },
      {
        extends: true,
        test: {
          name: 'page',
          environment: 'jsdom',
          include: ['src/**/*.test.tsx'],
          setupFiles: ['src/test-setup.ts'],
        },
      },
    ],
  },
});
