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
/** Ends a walk that hangs; a slow machine never reaches it. */
const patience = 30_000

export const launch = (flags = []) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', ...flags],
})

/** A person's browser: a context of its own, and what went wrong in it. Without kept, no service worker stands
 *  between the page and the routes of a walk; timed, the client keeps its own patience. */
export async function person(browser, { kept = false, timed = false, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 320, height: 640 }, locale: 'zh-CN', timezoneId: 'America/New_York', hasTouch: true, reducedMotion: 'reduce',
    serviceWorkers: kept ? 'allow' : 'block', ...options,
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write', 'camera'], { origin: base })
  if (!timed) await context.addInitScript(patient)
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  const faults = []
  const urls = []
  page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
  page.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) faults.push(`console: ${m.text()}`) })
  page.on('request', (r) => { if (!/^(data|blob):/.test(r.url())) { urls.push(r.url()); if (!r.url().startsWith(base)) faults.push(`foreign request: ${r.url()}`) } })
  return { browser, context, page, faults, urls }
}

// The client gives a server 8 s, and a gate's 1.5 s. On a slow machine those would pass by themselves; in the walks the
// network decides what happens, never the time.
function patient() {
  const plain = window.setTimeout
  window.setTimeout = (f, ms, ...rest) => plain(f, ms === 1500 || ms === 8000 ? 60_000 : ms, ...rest)
}

let n = 0
const walked = path.basename(process.argv[1] ?? '', '.mjs') + process.argv.slice(2).map((a) => `-${a}`).join('')
/** What axe found on any screen. */
const unwell = []

/** What every screen must keep: no sideways scrolling at 320 px, a whole title, a name for every control, nothing serious for axe;
 *  and a picture of it. It waits until nothing is being loaded, unless that is what is looked at. */
export async function look(page, name, { loading = false } = {}) {
  await page.waitForFunction((loading) => {
    const frame = [...document.querySelectorAll('.frame')].find((e) => e.getClientRects().length > 0)
    return frame && (loading || (frame.innerText.trim() && !frame.querySelector('.bone')))
  }, loading)
  const found = await page.evaluate(async () => {
    for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(done)) // names of controls are mended in the next frame
    const seen = (e) => e.getClientRects().length > 0 && e.checkVisibility({ visibilityProperty: true })
    const controls = [...document.querySelectorAll('[role=button],[role=link],[role=radio],[role=switch],[role=checkbox],[role=tab],input,textarea')].filter(seen)
    const nameless = controls.filter((e) => e.type !== 'submit' && !(e.getAttribute('aria-label') || e.textContent || '').trim()).map((e) => e.outerHTML.slice(0, 120))
    const cut = [...document.querySelectorAll('.uni-page-head__title')].filter((e) => seen(e) && e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)
    return { wide: document.documentElement.scrollWidth - innerWidth, nameless, cut, axe: 'axe' in window }
  })
  if (!found.axe) await page.evaluate(axe)
  assert.deepEqual({ wide: found.wide, nameless: found.nameless, cut: found.cut }, { wide: 0, nameless: [], cut: [] }, name)
  const serious = await page.evaluate(async () => (await window.axe.run({
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations'], preload: false,
  })).violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.any[0]?.message ?? ''}`)))
  unwell.push(...serious.map((what) => `${name}: ${what}`))
  if (shots) await page.screenshot({ path: path.join(shots, `${walked}-${String(++n).padStart(2, '0')}-${name}.png`), fullPage: true })
}

/** Walks a path in a browser of its own; what it finds on the way fails it at its end. Others are further people in that browser. */
export async function walk(name, path, { flags } = {}) {
  const began = Date.now()
  const browser = await launch(flags)
  const people = []
  const another = async (options) => { const its = await person(browser, options); people.push(its); return its }
  const found = () => [...people.flatMap((p) => p.faults), ...unwell]
  try {
    const its = await another()
    await path({ ...its, another })
    assert.deepEqual(found(), [])
    console.log(`e2e: ${name}, ${((Date.now() - began) / 1000).toFixed(1)} s`)
  } catch (e) {
    console.error(`e2e: ${name} failed after ${((Date.now() - began) / 1000).toFixed(1)} s`)
    console.error(e)
    if (found().length) console.error(found().join('\n'))
    if (shots) for (const [i, { page }] of people.entries()) await page.screenshot({ path: `${shots}/fault-${walked}-${i}.png`, fullPage: true }).catch(() => undefined)
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

export const citizen = (n) => call('POST', '/v1/auth/wechat', { body: { code: `demo-citizen-${n}` } })
export const worker = (role) => call('POST', '/v1/auth/staff', { body: { username: staff(role).username, password: staff(role).password } })

/** A fresh pass of a citizen of the demo: {pass, qr}. */
export async function passOf(n, benefitCode) {
  const { accessToken: token } = await citizen(n)
  return call('POST', '/v1/me/passes', { token, body: { benefitCode }, key: `${Date.now()}-${n}-${benefitCode}` })
}

export async function signIn(page, who) {
  await page.goto(`${base}/pages/signin/index`)
  await fill(page, '用户名', who.username)
  await fill(page, '密码', who.password)
  await press(page, '登录')
}

// Screens that were left stay in the document, and words stand in several places: what is meant is what can be seen first.
export const shown = (locator) => locator.locator('visible=true').first()
export const control = (page, name, role = 'button') => shown(page.getByRole(role, { name, exact: false }))
export const press = (page, name, role = 'button') => control(page, name, role).click()
export const says = (page, text) => shown(page.getByText(text)).waitFor()
const field = (page, label) => shown(page.locator(`input[aria-label^="${label}"], textarea[aria-label^="${label}"]`))

/** Writes into a field, until the client has it: uni-h5 hands on what is typed within 100 ms of the last, after them.
 *  Its timer is older than this one, so it is over first. */
export async function fill(page, label, text) {
  await field(page, label).fill(text)
  await page.evaluate(() => new Promise((done) => setTimeout(done, 100)))
}

/** Holds what is asked of the server until it is let go. */
export async function hold(page, what = '**/v1/**') {
  let letGo
  const held = new Promise((done) => { letGo = done })
  const route = async (r) => { await held; await r.fallback() }
  await page.route(what, route)
  return async () => { letGo(); await page.unroute(what, route) }
}

/** What the browser keeps of this person. */
export const storage = (page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))

/** None of these may be kept or stand in an address. */
export async function assertPrivate({ page, urls }, secrets) {
  const kept = await storage(page)
  for (const secret of secrets.flatMap((s) => [s, encodeURIComponent(s)])) {
    assert.ok(!kept.includes(secret), 'personal data in storage')
    assert.ok(!urls.some((u) => u.includes(secret)), 'personal data in an address')
  }
}
