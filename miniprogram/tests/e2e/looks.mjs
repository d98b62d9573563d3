// Every screen of pages.json in normal, large, largest and dark (or the modes named): pictures, names, width, axe.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { base, call, citizen, look, walk, worker } from './browser.mjs'

const pages = JSON.parse(fs.readFileSync(new URL('../../src/pages.json', import.meta.url))).pages.map((p) => p.path.split('/')[1])
const modes = { normal: {}, elder: { elder: true }, huge: { elder: true, huge: true }, dark: { theme: 'dark' }, english: { lang: 'en' } }
const uscc = '91410203MADEMA019P'
const queries = { enterprise: `uscc=${uscc}`, company: `uscc=${uscc}`, pass: 'code=TT-PARK-80', benefit: 'code=TT-PARK-80', sector: 'key=tax', letter: 'letter=proactive-honest' }
const workers = { gate: 'gate', gatelog: 'gate', clerk: 'clerk', cases: 'clerk' }
const names = process.argv.slice(2)
assert.ok(names.every((m) => modes[m]), `modes are ${Object.keys(modes).join(', ')}`)

for (const mode of names.length ? names : Object.keys(modes)) {
  await walk(`${pages.length} screens, ${mode}`, async ({ another }) => {
    const { accessToken: token } = await citizen(5)
    await call('POST', '/v1/me/enterprises', { token, body: { uscc }, key: `looks-${mode}` })
    for (const role of ['citizen', 'gate', 'clerk']) {
      const { page, context } = await another()
      const { refreshToken } = await (role === 'citizen' ? citizen(5) : worker(role))
      await page.addInitScript(([token, kept]) => {
        if (!sessionStorage.getItem('signin')) sessionStorage.setItem('signin', token)
        localStorage.setItem('settings', JSON.stringify({ type: 'object', data: kept }))
      }, [refreshToken, { elder: false, theme: 'light', lang: 'zh', ...modes[mode] }])
      for (const at of pages.filter((p) => (workers[p] ?? 'citizen') === role)) {
        await page.goto(`${base}/pages/${at}/index${queries[at] ? `?${queries[at]}` : ''}`)
        await look(page, at)
      }
      await context.close()
    }
  })
}
