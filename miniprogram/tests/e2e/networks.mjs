// Bad networks: slow, failing, and answers that get lost on the way.
import assert from 'node:assert/strict'
import { base, look, press, says, walk } from './browser.mjs'

const unavailable = { status: 503, contentType: 'application/problem+json', body: '{"status":503,"code":"unavailable","requestId":"e2e"}' }
const api = '**/v1/**'

await walk('bad networks', async ({ page }) => {
  await page.goto(`${base}/pages/signin/index`)
  await press(page, '市民 2', 'link')
  await says(page, '我能用的')

  // Slow: bones at once, the content when it comes.
  let letGo
  const held = new Promise((done) => { letGo = done })
  await page.route('**/v1/me/credit**', async (route) => { await held; await route.continue() })
  await page.goto(`${base}/pages/credit/index`)
  await page.locator('.bone').locator('visible=true').first().waitFor()
  await look(page, 'slow')
  letGo()
  await says(page, '每一项的依据')
  await page.unroute('**/v1/me/credit**')

  // Failing: what to do next, and trying again works.
  await page.route('**/v1/me/benefits**', (route) => route.fulfill(unavailable))
  await page.goto(base)
  await says(page, '服务正忙')
  await look(page, 'failing')
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
  await page.locator('[role=img][aria-label="凭证二维码"]').waitFor()
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1])

  // The whole service away: every screen still says something, none breaks.
  await page.route(api, (route) => route.abort())
  for (const at of ['home', 'search', 'mine', 'benefits', 'credit', 'access', 'settings', 'signin', 'gate', 'gatelog', 'clerk', 'cases']) {
    await page.goto(`${base}/pages/${at}/index`)
    // Bones have no words; what fails is told after its retries.
    await page.waitForFunction(() => [...document.querySelectorAll('.frame')].some((e) => e.getClientRects().length > 0 && e.innerText.trim()))
  }
})
