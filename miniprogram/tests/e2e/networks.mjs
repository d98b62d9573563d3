// Bad networks: slow, failing, and answers that get lost on the way.
import assert from 'node:assert/strict'
import { base, hold, look, press, says, shown, walk } from './browser.mjs'

const unavailable = { status: 503, contentType: 'application/problem+json', body: '{"status":503,"code":"unavailable","requestId":"e2e"}' }

await walk('bad networks', async ({ page }) => {
  await page.goto(`${base}/pages/signin/index`)
  await press(page, '市民 2', 'link')
  await says(page, '我能用的')

  // Slow: bones at once, the content when it comes.
  const letGo = await hold(page, '**/v1/me/credit**')
  await page.goto(`${base}/pages/credit/index`)
  await shown(page.locator('.bone')).waitFor()
  await page.evaluate(() => document.fonts.ready)
  await look(page, 'slow', { loading: true })
  await letGo()
  await says(page, '每一项的依据')

  // Failing: what to do next, and trying again works.
  await page.route('**/v1/me/benefits**', (route) => route.fulfill(unavailable))
  await page.goto(base)
  await says(page, '服务正忙')
  await look(page, 'failing', { loading: true })
  await page.unroute('**/v1/me/benefits**')
  await press(page, '再试一次')
  await says(page, '铁塔公园')

  // A pass whose answer is lost is asked for again under the same key.
  const keys = []
  await page.route('**/v1/me/passes', async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length > 1) return route.continue()
    await route.fetch()
    await route.abort()
  })
  await press(page, '铁塔公园', 'link')
  await shown(page.locator('[role=img][aria-label="凭证二维码"]')).waitFor()
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1])

  // The whole service away: every screen still says something, none breaks.
  await page.route('**/v1/**', (route) => route.abort())
  for (const at of ['home', 'search', 'mine', 'benefits', 'credit', 'access', 'settings', 'signin', 'gate', 'gatelog', 'clerk', 'cases']) {
    await page.goto(`${base}/pages/${at}/index`)
    // Bones have no words; what fails is told after its retries.
    await page.waitForFunction(() => [...document.querySelectorAll('.frame')].some((e) => e.getClientRects().length > 0 && e.innerText.trim()))
  }
})
