// Makes the picture of the README, and with KITH_LOOK=folder one of every page, on a sample network.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { goTo, launch, signUp, visitor } from './support/browser.mjs'
import { ROOT, startKith, until } from './support/kith.mjs'

const look = process.env.KITH_LOOK
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
  if (look) {
    await mkdir(look, { recursive: true })
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme })
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width: 1280, height: 900 })
        for (const name of ['Today', 'People', 'Paths', 'Import', 'Circles', 'Reminders', 'Settings']) {
          await page.setViewportSize({ width: 1280, height: 900 })
          await goTo(page, name)
          await page.waitForLoadState('networkidle').catch(() => {})
          await page.setViewportSize({ width, height: 900 })
          await page.screenshot({ path: join(look, `${name}-${scheme}-${width}.png`) })
        }
        await page.setViewportSize({ width: 1280, height: 900 })
        await goTo(page, 'People')
        await page.getByRole('list', { name: 'People' }).getByRole('link').first().click()
        await page.getByRole('application', { name: /Network around/ }).waitFor()
        await page.setViewportSize({ width, height: 900 })
        await page.screenshot({ path: join(look, `Person-${scheme}-${width}.png`), fullPage: true })
      }
    }
  }
} finally {
  await browser.close()
  await kith.stop()
}
