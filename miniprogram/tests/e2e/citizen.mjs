// The citizen's path and the public's, in one browser at 320 px.
import assert from 'node:assert/strict'
import { assertPrivate, base, control, demo, fill, look, press, says, shown, walk } from './browser.mjs'

const me = demo.citizens[0]

await walk('citizen and public', async (its) => {
  const { context, page } = its
  // Public: what the first screen costs; search while typing, the match marked, the public file; a deep link survives a reload.
  await page.goto(base)
  await says(page, '登录后，看看您的信用能用在哪里。')
  await look(page, 'home-guest')
  const scripts = await page.evaluate(() => performance.getEntriesByType('resource').filter((r) => new URL(r.name).pathname.endsWith('.js')).map((r) => r.encodedBodySize))
  assert.ok(scripts.length && !scripts.includes(0), 'no sizes of scripts')
  const sum = scripts.reduce((a, b) => a + b, 0)
  assert.ok(sum <= 250 * 1024, `the first screen loads ${sum} bytes of JavaScript`)
  await press(page, '查企业', 'tab')
  await fill(page, '企业名称', '润达')
  await says(page, '91410203MADEMA019P')
  assert.equal(await page.locator('.mark').first().textContent(), '润达')
  await look(page, 'search')
  await press(page, '开封润达信息技术有限公司', 'link')
  await says(page, '林铭荞')
  await page.reload()
  await says(page, '税务（纳税信用） A')
  await look(page, 'enterprise')

  // A gate's own code brings who signs in to what can be used there.
  await page.goto(`${base}/?site=tieta-park&from=qrcode`)
  await press(page, '去登录')
  await press(page, '市民 1', 'link')
  await says(page, '您在铁塔公园')
  await look(page, 'home-at-the-gate')
  await page.evaluate(() => sessionStorage.clear())

  // Citizen.
  await page.goto(`${base}/pages/signin/index`)
  await look(page, 'signin')
  await press(page, '市民 1', 'link')
  await says(page, '我能用的')
  await says(page, me.name)
  await look(page, 'home')
  await press(page, '铁塔公园', 'link')
  const qr = shown(page.locator('[role=img][aria-label="凭证二维码"]'))
  await qr.waitFor()
  await says(page, '秒后自动更换')
  await look(page, 'pass')

  // Without network the pass stays, also when all attempts to change it have failed.
  await context.setOffline(true)
  await press(page, '立即更换')
  const again = control(page, '立即更换')
  await page.waitForFunction((e) => e.getAttribute('aria-disabled') === 'false', await again.elementHandle())
  await qr.waitFor()
  await context.setOffline(false)
  await press(page, '复制凭证文字')
  await says(page, '已复制')
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^XY1:/)

  for (const [at, text, name] of [['benefits', '铁塔公园', 'benefits'], ['credit', '每一项的依据', 'credit'], ['access', '不可篡改的日志', 'access'], ['mine', '已实名', 'mine']]) {
    await page.goto(`${base}/pages/${at}/index`)
    await says(page, text)
    await look(page, name)
  }
  await page.goto(`${base}/pages/settings/index`)
  await press(page, '大字版', 'switch')
  await press(page, '深色', 'radio')
  await look(page, 'settings-elder-dark')
  await page.goto(base)
  await says(page, '我能用的')
  await look(page, 'home-elder-dark')
  await page.goto(`${base}/pages/settings/index`)
  await press(page, 'English', 'radio')
  await says(page, 'Large text')
  await look(page, 'settings-english')

  // Nothing personal stays on the device or stood in an address.
  await assertPrivate(its, [me.idNo, me.name])
})
