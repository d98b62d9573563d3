// The gate: by text, by picture and by camera; with, without and again with a network.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { base, call, fill, hold, look, passOf, press, says, signIn, staff, walk, worker } from './browser.mjs'
import { film } from './video.mjs'

const answered = (page, word) => page.getByRole('dialog', { name: word, exact: true }).waitFor()
const movie = path.join(os.tmpdir(), `xinyi-film-${process.pid}.y4m`)
const flags = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${movie}`]

/** What a gate counts ends with the day in Shanghai: just before midnight the walk waits for the new day. */
async function newDay() {
  const left = 86_400_000 - ((Date.now() + 8 * 3_600_000) % 86_400_000)
  if (left < 180_000) await new Promise((done) => setTimeout(done, left + 1000))
}
await newDay()

await walk('gate', async ({ context, page, another }) => {
  const sent = [] // uses handed in by this browser
  page.on('request', (r) => { if (r.url().endsWith('/v1/gate/redemptions/batch')) sent.push(...r.postDataJSON().items.map((i) => i.pass)) })
  async function show(pass) {
    await fill(page, '凭证文字', pass)
    await press(page, '核销放行')
  }

  await signIn(page, staff('gate'))
  await says(page, '联网核验')
  await says(page, /可离线核验到/)
  await look(page, 'gate')
  await press(page, '粘贴文字')

  // One pass opens once; another site's pays the standard price.
  const first = await passOf(1, 'TT-PARK-60')
  await show(first.pass)
  await answered(page, '可')
  await says(page, '¥24')
  await look(page, 'gate-pass')
  await press(page, '下一位')
  await show(first.pass)
  await answered(page, '请再出示一次')
  await look(page, 'gate-retry')
  await press(page, '下一位')
  await show((await passOf(3, 'HOSP-DEP0')).pass)
  await answered(page, '标准价')
  await look(page, 'gate-standard')
  await press(page, '下一位')

  // A look takes nothing; the pass can be redeemed from the answer, and taken back with a reason.
  await press(page, '只核验', 'radio')
  await fill(page, '凭证文字', (await passOf(2, 'TT-PARK-80')).pass)
  await press(page, '只核验')
  await answered(page, '可')
  await says(page, '仅核验，未核销')
  await press(page, '核销放行')
  await says(page, /核销编号 R/)
  await press(page, '撤销这一笔')
  await press(page, '持有人放弃使用', 'radio')
  await look(page, 'gate-reverse')
  await press(page, '确认撤销')
  await says(page, '已撤销，')
  await press(page, '下一位')
  await press(page, '核销放行', 'radio')

  // From a picture.
  const second = await passOf(2, 'TT-PARK-80')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press(page, '选一张图片')])
  await chooser.setFiles({ name: 'pass.png', mimeType: 'image/png', buffer: Buffer.from(second.qr.split(',')[1], 'base64') })
  await answered(page, '可')
  await press(page, '下一位')

  // Without a network the gate judges itself, once per pass.
  const [third, fourth] = [await passOf(5, 'TT-PARK-80'), await passOf(7, 'TT-PARK-80')]
  await context.setOffline(true)
  await show(third.pass)
  await answered(page, '可')
  await says(page, '离线放行')
  await look(page, 'gate-offline')
  await press(page, '下一位')
  await says(page, '1 次待上传')
  await show(third.pass)
  await answered(page, '请再出示一次')
  await press(page, '下一位')
  await show('XY1:NOT-A-PASS')
  await answered(page, '请再出示一次')
  await press(page, '下一位')

  // The queue outlives a reload while the server fails, and is handed in once when it is back.
  const failing = (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"status":503,"code":"unavailable"}' })
  await page.route('**/v1/**', failing)
  await context.setOffline(false)
  await page.goto(`${base}/pages/gate/index`)
  await says(page, '1 次待上传')
  await says(page, '离线核验')
  await look(page, 'gate-failing')
  await press(page, '粘贴文字')
  await show(fourth.pass)
  await answered(page, '可')
  await press(page, '下一位')
  await says(page, '2 次待上传')
  const back = await hold(page) // nothing is handed in before the tap
  await press(page, '立即上传')
  await page.unroute('**/v1/**', failing)
  await back()
  await says(page, '已上传：计入 2 次，重复 0 次，未接受 0 次')
  assert.equal(await page.evaluate(() => localStorage.getItem('gate.queue')), null)
  assert.equal(new Set(sent).size, sent.length, 'handed in twice')

  // The day, and taking one back from it.
  await press(page, '核销记录', 'link')
  await says(page, '核销 5 次')
  await says(page, '当日结算')
  await look(page, 'gatelog')
  await press(page, '撤销这一笔')
  await press(page, '确认撤销')
  await says(page, '撤销 2 次')
  await press(page, '前一天')
  await says(page, '这一天没有核销。')
  const { accessToken: token } = await worker('gate')
  const { totals } = await call('GET', '/v1/gate/redemptions', { token })
  assert.deepEqual([totals.redemptions, totals.reversed, totals.duplicates], [5, 2, 0])

  // The camera: a film of a code instead of the world. The look is taken while the server has not answered yet. Whose
  // use was taken back may come again.
  await film(page, (await passOf(7, 'TT-PARK-80')).qr, movie)
  const eye = await another()
  await signIn(eye.page, staff('gate'))
  await says(eye.page, /可离线核验到/)
  const judged = await hold(eye.page, '**/v1/gate/redemptions')
  await press(eye.page, '开启摄像头')
  await says(eye.page, '正在核验')
  const sizes = await eye.page.evaluate(() => ['.finder', '.finder video'].map((q) => { const r = document.querySelector(q).getBoundingClientRect(); return [r.width, r.height] }))
  assert.deepEqual(sizes[1], sizes[0], 'what the camera sees does not fill its frame')
  await look(eye.page, 'gate-camera')
  await judged()
  await answered(eye.page, '可')
  await press(eye.page, '下一位')
  await press(eye.page, '关闭摄像头')
}, { flags }).finally(() => fs.rmSync(movie, { force: true }))
