// Makes the picture of the README on a sample network; `look.mjs` makes one of every page.
import { join } from 'node:path'
import { launch, signUp, visitor } from './support/browser.mjs'
import { ROOT, startKith, until } from './support/kith.mjs'

const kith = await startKith()
const browser = await launch()
try {
  const { page } = await visitor(browser, kith.url, { viewport: { width: 1280, height: 900 } })
  await signUp(page, 'Robin Example', 'robin@example.org')
  await page.getByRole('button', { name: 'Try a sample network' }).click()
  await page.getByRole('link', { name: 'Show me the way' }).click({ timeout: 120_000 })
  await page.getByRole('list', { name: /Paths, warmest first/ }).getByRole('article').first().waitFor()
  await until(() => page.evaluate(() => document.fonts.ready.then(() => true)), 'the fonts')
  await page.screenshot({ path: join(ROOT, 'docs/screenshot.png') })
} finally {
  await browser.close()
  await kith.stop()
}
