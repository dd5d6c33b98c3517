import { defineConfig } from '@hey-api/openapi-ts'

/** The one line to change once the document made from the Rust code exists: `../openapi.json`. */
const input = './openapi.provisional.json'

export default defineConfig({
  input,
  output: { path: './src/api/generated', clean: true },
  plugins: ['@hey-api/typescript', '@hey-api/sdk', { name: '@hey-api/client-fetch', throwOnError: false }],
})
