// Without any network: the client opens, a pass in hand can be shown, and all goes on when the network is back.
import assert from 'node:assert/strict'
import { assertPrivate, base, demo, look, press, says, shown, storage, walk } from './browser.mjs'

await walk('reload without a network', async ({ another }) => {
  const its = await another({ kept: true })
  const { context, page } = its
  const installed = () => page.evaluate(() => navigator.serviceWorker.ready.then(() => true))
  await page.goto(`${base}/pages/signin/index`)
  await installed()
  await press(page, '市民 1', 'link')
  await press(page, '铁塔公园', 'link')
  const qr = shown(page.locator('[role=img][aria-label="凭证二维码"]'))
  await qr.waitFor()

  await context.setOffline(true)
  await page.reload()
  await qr.waitFor()
  await says(page, '秒后自动更换')
  await look(page, 'pass-reloaded')
  await page.goto(`${base}/?site=tieta-park`)
  await says(page, '刚才的凭证仍可出示')
  await look(page, 'home-reloaded')
  await press(page, '出示凭证')
  await qr.waitFor()
  // A screen that was never open in this browser, too.
  await page.goto(`${base}/pages/measures/index`)
  await says(page, '网络不通')
  await look(page, 'never-open', { loading: true })

  // Back in the network the screen in hand goes on by itself.
  await page.goto(`${base}/pages/pass/index?code=TT-PARK-60`)
  await qr.waitFor()
  await context.setOffline(false)
  const renewed = page.waitForResponse((r) => r.url().endsWith('/v1/me/passes') && r.status() === 201)
  await press(page, '立即更换')
  await renewed

  // Kept are the files of this build, and no answer of the service.
  const names = await page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((r) => new URL(r.url).pathname)))).flat())
  assert.ok(names.includes('/') && names.length > 10, names.join())
  assert.deepEqual(names.filter((at) => at !== '/' && !at.startsWith('/assets/') && !at.startsWith('/static/')), [])
  await assertPrivate(its, [demo.citizens[0].idNo, demo.citizens[0].name])

  // Signing out takes the pass along, and the sign-in ends on the server.
  await page.goto(`${base}/pages/mine/index`)
  await shown(page.locator('[role=button][aria-label="退出登录"]')).waitFor()
  const refreshToken = await page.evaluate(() => sessionStorage.getItem('signin'))
  const told = page.waitForResponse((r) => r.url().endsWith('/v1/auth/logout'))
  await press(page, '退出登录')
  await says(page, '还没有登录')
  assert.ok(!(await storage(page)).includes('XY1:'))
  assert.equal((await told).status(), 204)
  assert.equal((await page.request.post(`${base}/v1/auth/refresh`, { data: { refreshToken } })).status(), 401)
})
