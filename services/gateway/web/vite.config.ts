import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Where `cargo run -p kith-standalone -- serve` listens.
const api = process.env.KITH_API ?? 'http://127.0.0.1:8400'

export default defineConfig({
  plugins: [vue(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: ['chrome123', 'safari17.5', 'firefox128'],
    // The policy allows no data: scripts or styles, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // A test reads what the services say of themselves.
    fs: { allow: process.env.VITEST ? ['../../..'] : ['.'] },
    proxy: { '/api': { target: api, changeOrigin: false } },
  },
  test: {
    environment: 'jsdom',
    environmentOptions: { jsdom: { url: 'http://localhost:8400/' } },
    setupFiles: ['./src/testing/setup.ts'],
    include: ['src/**/*.spec.ts'],
    restoreMocks: true,
    testTimeout: 20_000,
    expect: { poll: { timeout: 8_000 } },
  },
})
