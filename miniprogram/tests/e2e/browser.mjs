// A headless Chromium against a running demo: BASE=http://127.0.0.1:8080 DATA=./data node tests/e2e/citizen.mjs
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

export const base = process.env.BASE ?? 'http://127.0.0.1:8080'
export const demo = JSON.parse(fs.readFileSync(path.join(process.env.DATA ?? '../data', 'demo.json'), 'utf8'))
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.SHOTS

export async function open(...flags) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', ...flags] })
  const context = await browser.newContext({ viewport: { width: 320, height: 640 }, locale: 'zh-CN', timezoneId: 'America/New_York', hasTouch: true })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base })
  const page = await context.newPage()
  page.setDefaultTimeout(8000)
  const faults = []
  const urls = []
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) faults.push(`console: ${m.text()}`) })
  page.on('request', (r) => { if (!r.url().startsWith('data:')) { urls.push(r.url()); if (!r.url().startsWith(base)) faults.push(`foreign request: ${r.url()}`) } })
  return { browser, context, page, faults, urls }
}

let n = 0
/** What axe found on any screen. */
export const unwell = []
/** What every screen must keep: no sideways scrolling at 320 px, a name for every control,
 *  nothing serious for axe; and a picture of it. */
export async function look(page, name) {
  await page.waitForTimeout(150)
  const found = await page.evaluate(() => {
    const seen = (e) => e.getClientRects().length > 0 && e.checkVisibility({ visibilityProperty: true })
    const controls = [...document.querySelectorAll('[role=button],[role=link],[role=radio],[role=switch],[role=checkbox],[role=tab],input,textarea')].filter(seen)
    const nameless = controls.filter((e) => e.type !== 'submit' && !(e.getAttribute('aria-label') || e.textContent || '').trim()).map((e) => e.outerHTML.slice(0, 120))
    return { wide: document.documentElement.scrollWidth - innerWidth, nameless }
  })
  assert.deepEqual(found, { wide: 0, nameless: [] }, name)
  await page.evaluate(axe)
  const serious = await page.evaluate(async () => (await window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })).violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical').flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.any[0]?.message ?? ''}`)))
  unwell.push(...serious.map((what) => `${name}: ${what}`))
  if (shots) await page.screenshot({ path: path.join(shots, `${String(++n).padStart(2, '0')}-${name}.png`), fullPage: true })
}

/** Walks a path in a browser of its own; what it finds on the way fails it at its end. */
export async function walk(name, path) {
  const { browser, ...its } = await open()
  const found = () => [...its.faults, ...unwell.filter((what) => !before.has(what))]
  const before = new Set(unwell)
  try {
    await path(its)
    assert.deepEqual(found(), [])
    console.log(`e2e: ${name}`)
  } catch (e) {
    console.error(e)
    if (found().length) console.error(found().join('\n'))
    if (shots) await its.page.screenshot({ path: `${shots}/fault-${name.replaceAll(' ', '-')}.png`, fullPage: true })
    process.exitCode = 1
  } finally {
    await browser.close()
  }
}

export const staff = (role) => demo.staff.find((s) => s.role === role)

/** Calls the server as another device would. */
export async function call(method, at, { body, token, key } = {}) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }), ...(key && { 'Idempotency-Key': key }) }
  const r = await fetch(base + at, { method, headers, body: body && JSON.stringify(body) })
  const answer = await r.json()
  assert.ok(r.ok, `${method} ${at}: ${r.status} ${answer.detail}`)
  return answer
}

/** A fresh pass of a citizen of the demo: {pass, qr}. */
export async function passOf(citizen, benefitCode) {
  const { accessToken: token } = await call('POST', '/v1/auth/wechat', { body: { code: `demo-citizen-${citizen}` } })
  return call('POST', '/v1/me/passes', { token, body: { benefitCode }, key: `${Date.now()}-${citizen}-${benefitCode}` })
}

export async function signIn(page, who) {
  await page.goto(`${base}/pages/signin/index`)
  await page.locator('input[aria-label="用户名"]').fill(who.username)
  await page.locator('input[aria-label="密码"]').fill(who.password)
  await press(page, '登录')
}

export const press = (page, name, role = 'button') => page.getByRole(role, { name, exact: false }).locator('visible=true').first().click()
export const says = (page, text) => page.getByText(text).locator('visible=true').first().waitFor()
