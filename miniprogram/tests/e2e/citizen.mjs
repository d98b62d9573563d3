// The citizen's path and the public's, in one browser at 320 px.
import assert from 'node:assert/strict'
import { base, demo, look, open, press, says, unwell } from './browser.mjs'

const { browser, context, page, faults, urls } = await open()
const citizen = demo.citizens[0]

try {
  // Public: search while typing, the match marked, the public file; a deep link survives a reload.
  await page.goto(base)
  await says(page, '登录后，看看您的信用能用在哪里。')
  await look(page, 'home-guest')
  await press(page, '查企业', 'tab')
  await page.locator('input[aria-label^="企业名称"]').fill('润达')
  await says(page, '91410203MADEMA019P')
  assert.equal(await page.locator('.mark').first().textContent(), '润达')
  await look(page, 'search')
  await press(page, '开封润达信息技术有限公司', 'link')
  await says(page, '林铭荞')
  await page.reload()
  await says(page, '税务（纳税信用） A')
  await look(page, 'enterprise')

  // Citizen.
  await page.goto(`${base}/pages/signin/index`)
  await look(page, 'signin')
  await press(page, '市民 1', 'link')
  await says(page, '我能用的')
  await says(page, citizen.name)
  await look(page, 'home')
  await press(page, '铁塔公园', 'link')
  const qr = page.locator('[role=img][aria-label="凭证二维码"]')
  await qr.waitFor()
  await says(page, '秒后自动更换')
  await look(page, 'pass')

  // Without network the pass stays, says so after its minute, and changes by itself afterwards.
  await context.setOffline(true)
  await press(page, '立即更换')
  await page.waitForTimeout(1200)
  await qr.waitFor()
  await context.setOffline(false)
  await press(page, '复制凭证文字')
  const pass = await page.evaluate(() => navigator.clipboard.readText())
  assert.match(pass, /^XY1:/)

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
  await press(page, '中文', 'radio')
  await press(page, '浅色', 'radio')
  await press(page, '大字版', 'switch')

  // Nothing personal stays on the device or stood in an address.
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
  for (const secret of [citizen.idNo, citizen.name, encodeURIComponent(citizen.name)]) {
    assert.ok(!kept.includes(secret), 'personal data in storage')
    assert.ok(!urls.some((u) => u.includes(secret)), 'personal data in an address')
  }

  assert.deepEqual([...faults, ...unwell], [])
  console.log('e2e: citizen and public')
} catch (e) {
  console.error(e)
  if (faults.length + unwell.length) console.error([...faults, ...unwell].join('\n'))
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/fault.png`, fullPage: true })
  process.exitCode = 1
} finally {
  await browser.close()
}
