// Measures the web client on a slow network and writes docs/benchmarks-client.md. Nothing passes or fails here.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { base, fill, launch, passOf, person, press, says, shown, signIn, staff } from '../e2e/browser.mjs'

const runs = 5
const net = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 } // 4G, slow
const sorted = (list) => [...list].sort((a, b) => a - b)
const middle = (list) => sorted(list)[Math.floor(list.length / 2)]
const worst = (list) => Math.max(...list)

/** A browser that keeps the client's own times and files, as people's do. */
async function visitor() {
  const browser = await launch()
  return person(browser, { kept: true, timed: true, reducedMotion: 'no-preference' })
}

/** One first visit: nothing cached, the network throttled. */
async function visit() {
  const { browser, page } = await visitor()
  try {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Network.enable')
    await cdp.send('Network.emulateNetworkConditions', net)
    const scripts = new Map()
    cdp.on('Network.responseReceived', (e) => { if (e.type === 'Script') scripts.set(e.requestId, 0) })
    cdp.on('Network.loadingFinished', (e) => { if (scripts.has(e.requestId)) scripts.set(e.requestId, e.encodedDataLength) })
    await page.goto(base, { waitUntil: 'commit' })
    await shown(page.locator('.frame [role=link], .frame [role=button]')).click({ trial: true })
    return await page.evaluate(() => ({ usable: performance.now(), first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN }))
      .then((t) => ({ ...t, scripts: [...scripts.values()].reduce((a, b) => a + b, 0) }))
  } finally {
    await browser.close()
  }
}

/** From the tap on “pass” to the decoded code on screen, in a page that has shown one before. */
async function taps() {
  const { browser, page } = await visitor()
  const times = []
  try {
    await page.goto(`${base}/pages/signin/index`)
    await press(page, '市民 1', 'link')
    const button = shown(page.locator('.frame [role=button]', { hasText: '出示凭证' }))
    for (let i = 0; i <= 10; i++) {
      await button.waitFor()
      await page.evaluate(() => {
        window.shown = new Promise((done) => {
          document.addEventListener('click', () => {
            const from = performance.now()
            const look = () => {
              const img = [...document.querySelectorAll('[role=img] img, .qr img')].find((e) => e.src.startsWith('data:') && e.complete && e.getClientRects().length > 0)
              if (img) requestAnimationFrame(() => done(performance.now() - from))
              else requestAnimationFrame(look)
            }
            look()
          }, { once: true, capture: true })
        })
      })
      await button.click()
      const took = await page.evaluate(() => window.shown)
      if (i > 0) times.push(took) // the first one is not warm
      await page.goBack()
    }
    return times
  } finally {
    await browser.close()
  }
}

/** From handing the gate a pass to the answer over the whole screen. */
async function answers(offline) {
  const { browser, context, page } = await visitor()
  const times = []
  try {
    await signIn(page, staff('gate'))
    await says(page, /可离线核验到/)
    await press(page, '粘贴文字')
    const passes = []
    for (const n of [1, 2, 5, 7]) passes.push(await passOf(n, 'TT-PARK-80'))
    await context.setOffline(offline)
    for (const { pass } of passes) {
      await fill(page, '凭证文字', pass)
      const from = Date.now()
      await press(page, '核销放行')
      await page.getByRole('dialog').waitFor()
      times.push(Date.now() - from)
      await press(page, '下一位')
    }
    return times
  } finally {
    await browser.close()
  }
}

const visits = []
for (let i = 0; i < runs; i++) visits.push(await visit())
const tap = await taps()
const gone = await answers(true)
const there = await answers(false)
const of = (key) => visits.map((v) => v[key])
const s = (ms) => `${(ms / 1000).toFixed(2)} s`
const ms = (n) => `${Math.round(n)} ms`
const row = (what, aim, mid, max, good) => `| ${what} | ${aim} | ${mid} | ${max} | ${good ? '✓' : '✗'} |\n`

const weapp = 'dist/build/mp-weixin'
const bytes = fs.existsSync(weapp) ? fs.readdirSync(weapp, { recursive: true }).map((f) => fs.statSync(path.join(weapp, f))).filter((f) => f.isFile()).reduce((n, f) => n + f.size, 0) : 0
let text = `# Benchmarks of the client

Written by \`make client-bench\` (headless Chromium, ${os.cpus().length} cores of ${os.cpus()[0].model.trim()}, ${runs} first visits with an empty cache). Load times are on a throttled 4G network:
1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms. Browser and server share the machine.

| figure | must reach | median | worst | |
|---|---|---|---|---|
`
text += row('first content', '≤ 1.5 s', s(middle(of('first'))), s(worst(of('first'))), worst(of('first')) <= 1500)
text += row('usable: the first control answers', '≤ 2.5 s', s(middle(of('usable'))), s(worst(of('usable'))), worst(of('usable')) <= 2500)
text += row('JavaScript of the first screen, as sent', '≤ 250 KiB', `${(middle(of('scripts')) / 1024).toFixed(0)} KiB`, `${(worst(of('scripts')) / 1024).toFixed(0)} KiB`, worst(of('scripts')) <= 250 * 1024)
text += row('tap on “pass” to the code on screen, warm', '≤ 300 ms', ms(middle(tap)), ms(worst(tap)), worst(tap) <= 300)
text += row('gate: pass to answer, with a network', '≤ 2 s', ms(middle(there)), ms(worst(there)), worst(there) <= 2000)
text += row('gate: pass to answer, without one', '≤ 2 s', ms(middle(gone)), ms(worst(gone)), worst(gone) <= 2000)
if (bytes) text += row('WeChat package, all of it', '≤ 4 MB, main ≤ 1.5 MB', `${(bytes / 1024).toFixed(0)} KiB`, '', bytes <= 1.5e6)
fs.writeFileSync(process.env.OUT ?? '../docs/benchmarks-client.md', text)
console.log(text)
