// What anybody may read, then the citizen's and the company's own screens, in one browser at 320 px.
import assert from 'node:assert/strict'
import { assertPrivate, base, control, demo, fill as write, look, press, says, shown, walk } from './browser.mjs'

const company = '91410203MADEMA019P'

await walk('public, citizen and company', async (its) => {
  const { context, page } = its
  const at = (where) => page.goto(`${base}/pages/${where.replace(/^(\w+)/, '$1/index')}`)
  const fill = (label, text) => write(page, label, text)
  const enter = async (n) => { await page.evaluate(() => sessionStorage.clear()); await at('signin'); await press(page, `市民 ${n}`, 'link'); await page.waitForURL(`${base}/`) }
  const want = (settings) => page.evaluate((data) => localStorage.setItem('settings', JSON.stringify({ type: 'object', data })), settings)

  // The lists: a kind, a word, who has left.
  await at('lists')
  await says(page, 'A级纳税人')
  await look(page, 'lists')
  await press(page, '严重失信', 'radio')
  await says(page, '拖欠农民工工资')
  await fill('在名单中查', '没有这样的名字')
  await says(page, '名单上没有与')
  await press(page, '退出公告', 'radio')
  await says(page, '还没有退出公告')
  await look(page, 'lists-removals')

  // A sector: its grades, and a chart whose numbers can be read without seeing it.
  await at('sectors')
  await fill('查行业', '纳税')
  await press(page, '税务（纳税信用）', 'link')
  await says(page, '参评 3928 家')
  await control(page, '其余等级未公布：3458，占 88%', 'listitem').waitFor()
  await look(page, 'sector')

  await at('measures')
  await press(page, '严重失信惩戒', 'radio')
  await says(page, '只适用于组织')
  await look(page, 'measures')
  await at('catalogue')
  await says(page, '依法不得归集')
  await look(page, 'catalogue')
  await at('benefits')
  await says(page, '登录并实名后')
  await press(page, '租', 'radio')
  await press(page, '租赁押金减半', 'link')
  await says(page, '标准押金')
  await look(page, 'benefit-guest')
  await at('promises')
  await says(page, '还没有公开的承诺')
  await look(page, 'promises-none')

  // The real name: what is typed is checked here first, refused by the register second, bound third.
  const bare = demo.citizens[8]
  await enter(9)
  await press(page, '去实名绑定')
  await fill('姓名', bare.name)
  await fill('身份证号码', bare.idNo.slice(0, 17))
  await press(page, '核验并绑定')
  await says(page, '现在是 17 位')
  await look(page, 'identity')
  await fill('姓名', '王小明')
  await fill('身份证号码', bare.idNo)
  await press(page, '核验并绑定')
  await says(page, '请核对后重试')
  await fill('姓名', bare.name)
  await press(page, '核验并绑定')
  await says(page, '已完成实名绑定')
  await press(page, '看看能用什么')
  await says(page, '我能用的')
  await look(page, 'home-bound')

  // Leaving the incentives and joining them again.
  await enter(2)
  await at('level')
  await press(page, '退出')
  await look(page, 'level-asks')
  await press(page, '确认退出')
  await says(page, '已退出，等级已删除')
  await press(page, '自愿加入')
  await says(page, '等级已按规则算出')
  await look(page, 'level')

  // The pass is there again without network, also when its screen was left; and so is its screen when it was never open.
  await page.goto(base)
  await says(page, '我能用的')
  await page.waitForFunction(() => performance.getEntriesByType('resource').some((r) => r.name.includes('pages-pass-index') && r.name.endsWith('.js') && r.responseEnd > 0)) // fetched before it is needed
  await context.setOffline(true)
  await press(page, '医院轮椅免押金', 'link')
  await says(page, '网络不通。请检查网络')
  await context.setOffline(false)
  await press(page, '再试一次')
  const qr = shown(page.locator('[role=img][aria-label="凭证二维码"]'))
  await qr.waitFor()
  await page.goBack()
  await context.setOffline(true)
  await press(page, '医院轮椅免押金', 'link')
  await qr.waitFor()
  await says(page, '秒后自动更换')
  await context.setOffline(false)
  await page.goBack()

  // A benefit that is not there yet says what is missing; one place only.
  await enter(3)
  await at('benefit?code=LIB-DEP0')
  await says(page, '怎样就能用')
  await says(page, '信用激励等级达到“良好”')
  await look(page, 'benefit-missing')
  await page.goto(`${base}/?site=sh-lib&from=qrcode`)
  await says(page, '您在顺河回族区图书馆')
  await look(page, 'home-here')

  // A letter is read before it is signed; a lost answer does not sign it twice.
  await at('commitments')
  await says(page, '还没有签过承诺')
  await look(page, 'commitments')
  await press(page, '证明事项告知承诺书', 'link')
  await fill('为什么事签', '办理居住证明')
  assert.equal(await control(page, '签署').getAttribute('aria-disabled'), 'true')
  await press(page, '我已读完全文', 'checkbox')
  await look(page, 'letter')
  let lost = 0
  await page.route('**/v1/me/commitments', async (route) => {
    if (route.request().method() !== 'POST' || lost++) return route.continue()
    await route.fetch() // the server signs, the answer never arrives
    await route.abort()
  })
  await press(page, '签署')
  await says(page, '已签署')
  assert.equal(lost, 2)
  await look(page, 'letter-signed')
  await at('commitments')
  await says(page, '办理居住证明')
  assert.equal(await page.getByText('办理居住证明').count(), 1)
  await at('messages')
  await says(page, '还没有消息')
  await fill('手机号码', '123')
  await press(page, '订阅短信提醒')
  await says(page, '11 位手机号码')
  await fill('手机号码', '13800000000')
  await press(page, '订阅短信提醒')
  await says(page, /已订阅：138/)
  await at('messages') // it is known after the screen was left
  await says(page, /已订阅：138/)
  await look(page, 'messages')
  await press(page, '退订全部提醒')
  await says(page, '已退订')

  // Enterprise mode: binding, the file with its grade, a commitment in the company's name that the public then reads.
  await at('companies')
  await fill('统一社会信用代码', company)
  await press(page, '绑定企业')
  await says(page, '法定代表人')
  await shown(page.locator('[role=alert]')).waitFor()
  await enter(5)
  await at('companies')
  await fill('统一社会信用代码', company.replace('P', 'Q'))
  await press(page, '绑定企业')
  await says(page, '最后一位对不上')
  await fill('统一社会信用代码', company)
  await press(page, '绑定企业')
  await says(page, '已绑定 开封润达')
  await look(page, 'companies')
  await press(page, '开封润达信息技术有限公司', 'link')
  await says(page, /\d+ 分（满分 1000）/)
  await says(page, '正在影响的信息')
  await says(page, '信息系统运维采购合同') // a record that is not public
  await look(page, 'company')
  await press(page, '信用承诺', 'link')
  await press(page, '守法诚信经营承诺书', 'link')
  await says(page, '签署后向社会公开')
  await fill('为什么事签', '诚信经营')
  await press(page, '我已读完全文', 'checkbox')
  await press(page, '签署')
  await says(page, '已签署')
  await at(`promises?uscc=${company}`)
  await says(page, '诚信经营')
  await look(page, 'promises')

  // Letters twice as large, dark, and 320 px: everything still fits, and can be read.
  await want({ elder: true, huge: true, theme: 'dark', lang: 'zh' })
  for (const where of ['mine', 'benefits', 'benefit?code=LIB-DEP0', 'level', 'commitments', 'letter?letter=proof-general', 'messages', 'companies', `company?uscc=${company}`, `enterprise?uscc=${company}`, 'lists', 'sectors', 'sector?key=tax', 'promises', 'measures', 'catalogue', 'settings']) {
    await at(where)
    await look(page, `huge-${where.match(/^\w+/)}`)
  }

  // In English the bars speak it too, also after a reload.
  await want({ lang: 'en' })
  await page.goto(base)
  await says(page, 'What I can use')
  await control(page, 'Companies', 'tab').waitFor()
  await look(page, 'home-english')

  await assertPrivate(its, [bare.idNo, bare.name, '13800000000'])
})
