// The main screens of the compiled mini-program: they render, ask the server, and answer to taps.
const assert = require('node:assert/strict')
const test = require('node:test')
const h = require('./harness.cjs')

const pair = (roles) => ({ accessToken: 'a', refreshToken: 'r', expiresIn: 900, tokenType: 'Bearer', user: { id: 'u', verified: true, roles } })
const item = { itemCode: 'SP-1', name: '食品经营许可', department: 'd', mode: 'instant', modes: ['instant'], mainMaterials: [{ code: 'M1', name: '申请书' }], deferrableMaterials: [], maxDeferred: 1, supplyDays: 5, ruleVersion: 'v' }
const plan = { itemCode: 'SP-1', mode: 'instant', deferrable: [], notDeferrable: [], supplyBy: null, blockers: [], promiseTemplate: '', promiseHash: '', warning: '', ruleVersion: 'v' }
const paper = { code: 'D01', name: '健康证明', suppliedOn: '' }
const owing = { no: 'SP1', itemCode: 'SP-1', itemName: '食品经营许可', applicant: '开封润达', mode: 'deferred', state: 'supplying', acceptedAt: '2026-11-29T10:00:00+08:00', supplyBy: '2026-12-04', workdaysLeft: 4, workdaysLate: 0, overdue: false, late: false, banDays: 0, papers: [paper], notice: '', commitmentCode: '' }
let moved = false
let who = []
h.boot({
  'POST /v1/auth/wechat': () => pair(who),
  'POST /v1/auth/refresh': () => pair(who),
  'POST /v1/auth/logout': () => ({}),
  'GET /v1/me': () => ({ id: 'u', verified: true, name: '王明', idNoMasked: '4107**********01', roles: ['citizen'], enterprises: [] }),
  'GET /v1/me/benefits': () => ({ items: [{ code: 'TT-PARK-80', scene: 'tour', title: '铁塔公园八折', siteId: 's', outcome: 'eligible', eligible: true, payPercent: 80, reasons: [], ruleVersion: 'v' }] }),
  'GET /v1/benefits': () => ({ items: [], nextCursor: '' }),
  'GET /v1/enterprises': () => ({ items: [{ uscc: '91410203MADEMA019P', name: '开封润达', score: 100, matches: [] }], nextCursor: '' }),
  'POST /v1/me/passes': () => ({ pass: 'XY1:A', qr: 'data:image/png;base64,AAAA', expiresAt: new Date(Date.now() + 60_000).toISOString(), offlineUntil: new Date(Date.now() + 600_000).toISOString() }),
  'GET /v1/gate/redemptions': () => ({ items: [], nextCursor: '', totals: { redemptions: 7, reversed: 0, duplicates: 0, differenceFen: 0 } }),
  'POST /v1/gate/redemptions': (o) => (JSON.parse(o.data).pass === 'XY1:SCANNED' ? { redemptionNo: 'R1', result: 'pass', benefitCode: 'TT-PARK-80', payPercent: 80, payFen: 3200, holderMasked: '王*', at: '2026-11-29T10:00:00+08:00' } : undefined),
  'GET /v1/approval-items': () => ({ items: [item], nextCursor: '' }),
  'POST /v1/approvals/checks': () => plan,
  'GET /v1/approvals': () => ({ items: [owing], nextCursor: '' }),
  'GET /v1/approvals/SP1': () => (moved ? { ...owing, state: 'breached', banDays: 90 } : owing),
  'POST /v1/approvals/SP1': (o) => (o.header['X-HTTP-Method-Override'] === 'PATCH' ? { ...owing, state: 'supplied', papers: [{ ...paper, suppliedOn: '2026-11-29' }] } : undefined),
})

const text = (page) => page.dom.textContent

// One session runs through all of it, as on a phone; so the order matters.
test('home asks a guest to sign in, and the tap leads there', async () => {
  const page = await h.open('home')
  assert.match(text(page), /登录/)
  await h.tap(page, '去登录')
  assert.ok(h.calls.some((c) => c.startsWith('navigate /pages/signin')), h.calls.join())
})

/** Signs in; the server of this test says as whom. */
async function become(role) {
  who = [role]
  const page = await h.open('signin')
  await h.tap(page, '微信登录')
}

test('signing in with WeChat', async () => {
  await become('citizen')
  assert.ok(h.calls.includes('POST /v1/auth/wechat'))
  assert.ok(h.calls.some((c) => c.startsWith('navigate /pages/home')))
})

test('the first screen has what the citizen can use', async () => {
  const page = await h.open('home')
  assert.match(text(page), /王明/)
  assert.match(text(page), /铁塔公园八折/)
})

test('the pass is on screen', async () => {
  const page = await h.open('pass', { code: 'TT-PARK-80' })
  assert.match(text(page), /秒后自动更换/)
  page.instance.onUnload?.()
})

test('every other screen renders', async () => {
  const app = require(`${h.root}/app.json`)
  for (const at of [...app.pages, ...(app.subPackages ?? []).flatMap((p) => p.pages.map((x) => `${p.root}/${x}`))]) {
    const page = await h.open(at.split('/')[1])
    await h.until(() => text(page).trim(), `${at} says nothing`) // bones have no words: what fails is told after its retries
    page.instance.onHide?.()
    page.instance.onUnload?.()
  }
})

test('a gate scans, and the answer lies over the screen', async () => {
  await become('gate')
  const page = await h.open('gate')
  assert.match(text(page), /扫一扫/)
  await h.tap(page, '扫一扫')
  assert.match(text(page), /¥32/)
  assert.match(text(page), /下一位/)
  await h.tap(page, '下一位')
  assert.doesNotMatch(text(page), /¥32/)
  page.instance.onUnload?.()
})

test('a gate tells what a person must look at, and why passes were refused', async () => {
  wx.setStorageSync('gate.queue', JSON.stringify([{ id: 'u1', pass: 'XY1:A', acceptedAt: '2026-11-29T10:00:00+08:00', site: 's', no: 'R7', held: 'standard' }]))
  wx.setStorageSync('gate.log', JSON.stringify([{ at: Date.UTC(2026, 10, 29, 2), reason: 'expired', site: 's' }]))
  const page = await h.open('gate')
  assert.match(text(page), /1 次需要人工核对2026-11-29 10:00 · R7已按优惠放行/)
  assert.doesNotMatch(text(page), /已过期/)
  await h.tap(page, '离线未放行的原因')
  assert.match(text(page), /2026-11-29 10:00 · 已过期 · s/)
  await h.tap(page, '已核对')
  assert.match(text(page), /R7/) // the first tap asks
  await h.tap(page, '确认移除')
  assert.doesNotMatch(text(page), /人工核对/)
  assert.equal(wx.getStorageSync('gate.queue'), '')
  page.instance.onUnload?.()
})

test('a gate does not leave unasked while uses wait', async () => {
  wx.setStorageSync('gate.queue', JSON.stringify([{ id: 'u2', pass: 'XY1:B', acceptedAt: '2026-11-29T10:00:00+08:00', site: 's' }]))
  const page = await h.open('mine')
  await h.tap(page, '退出登录')
  await h.until(() => text(page).includes('仍然退出'), 'it does not ask')
  assert.match(text(page), /1 次离线放行还没有上传.*2026-12-02 10:00/)
  await h.tap(page, '先不退出')
  assert.match(text(await h.open('home')), /1 次离线放行还没有上传/)
  wx.setStorageSync('gate.queue', '')
  await h.tap(page, '退出登录')
  await h.until(() => h.calls.includes('POST /v1/auth/logout'), 'it does not leave')
})

test('the window plans a case', async () => {
  await become('clerk')
  const page = await h.open('clerk')
  assert.match(text(page), /食品经营许可/)
})

test('a case that moved meanwhile is shown as it is, and nothing is sent', async () => {
  const page = await h.open('cases')
  await h.tap(page, '开封润达')
  await h.tap(page, '健康证明（待补交）')
  moved = true
  const before = h.calls.length
  await h.tap(page, '所选材料已补交')
  moved = false
  assert.deepEqual(h.calls.slice(before), ['GET /v1/approvals/SP1'])
  assert.match(text(page), /承诺未履行.*刚才的操作没有提交/s)
})

test('papers come in, by a method that WeChat has', async () => {
  const page = await h.open('cases')
  await h.tap(page, '开封润达')
  await h.tap(page, '健康证明（待补交）')
  await h.tap(page, '所选材料已补交')
  assert.ok(h.calls.includes('POST /v1/approvals/SP1'), h.calls.slice(-4).join())
  assert.match(text(page), /已补齐/)
})
