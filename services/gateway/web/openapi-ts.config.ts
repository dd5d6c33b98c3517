import { defineConfig } from '@hey-api/openapi-ts'

/** Made from the Rust code: `kith openapi`. */
const input = '../openapi.json'

export default defineConfig({
  input,
  output: { path: './src/api/generated', clean: true },
  plugins: ['@hey-api/typescript', '@hey-api/sdk', { name: '@hey-api/client-fetch', throwOnError: false }],
})
