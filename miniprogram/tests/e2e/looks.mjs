// Every screen of pages.json in normal, large, largest and dark: pictures, names, width, axe.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { base, call, look, open, staff, unwell } from './browser.mjs'

const pages = JSON.parse(fs.readFileSync(new URL('../../src/pages.json', import.meta.url))).pages.map((p) => p.path.split('/')[1])
const modes = { normal: {}, elder: { elder: true }, huge: { elder: true, huge: true }, dark: { theme: 'dark' } }
const uscc = '91410203MADEMA019P'
const queries = { enterprise: `uscc=${uscc}`, company: `uscc=${uscc}`, pass: 'code=TT-PARK-80', benefit: 'code=TT-PARK-80', sector: 'key=tax', letter: 'letter=proactive-honest' }
const workers = { gate: 'gate', gatelog: 'gate', clerk: 'clerk', cases: 'clerk' }

const worker = async (role) => call('POST', '/v1/auth/staff', { body: { username: staff(role).username, password: staff(role).password } })
const citizen = () => call('POST', '/v1/auth/wechat', { body: { code: 'demo-citizen-5' } })
const whole = []
const faultsOf = new Set()

for (const role of ['citizen', 'gate', 'clerk']) {
  const shown = pages.filter((p) => (workers[p] ?? 'citizen') === role)
  for (const [mode, settings] of Object.entries(modes)) {
    const { browser, page, faults } = await open()
    try {
      const { refreshToken } = role === 'citizen' ? await citizen() : await worker(role)
      await page.addInitScript(([token, kept]) => {
        if (!sessionStorage.getItem('signin')) sessionStorage.setItem('signin', token)
        localStorage.setItem('settings', JSON.stringify({ type: 'object', data: kept }))
      }, [refreshToken, { elder: false, theme: 'light', lang: 'zh', ...settings }])
      for (const at of shown) {
        await page.goto(`${base}/pages/${at}/index${queries[at] ? `?${queries[at]}` : ''}`)
        await page.waitForFunction(() => {
          const frame = [...document.querySelectorAll('.frame')].find((e) => e.getClientRects().length > 0)
          return frame?.innerText.trim() && !frame.querySelector('.bone')
        })
        await look(page, `${at}-${mode}`)
        whole.push(`${at}-${mode}`)
      }
      faults.forEach((f) => faultsOf.add(`${mode}: ${f}`))
    } catch (e) {
      faultsOf.add(`${mode} ${page.url()}: ${e.message.slice(0, 600)}`)
    } finally {
      await browser.close()
    }
  }
}
try {
  assert.deepEqual([...faultsOf, ...unwell], [])
  console.log(`e2e: ${whole.length} looks of ${pages.length} screens`)
} catch (e) {
  console.error(e)
  process.exitCode = 1
}
