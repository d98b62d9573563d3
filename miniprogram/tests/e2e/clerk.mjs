// The window: from one search to an accepted case, its papers, and a broken promise.
import assert from 'node:assert/strict'
import { assertPrivate, control, demo, fill, look, press, says, shown, signIn, staff, walk } from './browser.mjs'

const person = demo.citizens[0]

await walk('clerk', async (its) => {
  const { page } = its
  const inCase = (applicant, item) => shown(page.locator('.card', { hasText: applicant }).filter({ hasText: item }))

  async function company(words, name) {
    await fill(page, '企业名称或统一社会信用代码', words)
    await press(page, name)
  }

  await signIn(page, staff('clerk'))
  await company('润达', '开封润达信息技术有限公司')

  // The plan follows what is chosen.
  await press(page, '食品经营许可', 'radio')
  await says(page, '按“信即办”受理')
  await look(page, 'clerk-instant')
  await press(page, '危险化学品', 'radio')
  await says(page, '按“一般程序”受理')
  await press(page, '食品经营许可', 'radio')
  await press(page, '经营场所平面布局图', 'checkbox')
  await says(page, '容缺受理承诺书')
  await look(page, 'clerk-deferred')

  // Nothing is taken in without the signature; then the case has a number and a last day.
  assert.equal(await control(page, '按“容缺受理”受理').getAttribute('aria-disabled'), 'true')
  await press(page, '申请人已在这份承诺书上签字', 'checkbox')
  await press(page, '按“容缺受理”受理')
  await says(page, '办件编号')
  await look(page, 'clerk-accepted')

  // A promise instead of a paper.
  await press(page, '办下一件')
  await company('91410203MADEMA019P', '开封润达信息技术有限公司')
  await press(page, '公共场所卫生许可', 'radio')
  await press(page, '从业人员健康合格证明', 'checkbox')
  await press(page, '申请人已在这份承诺书上签字', 'checkbox')
  await press(page, '按“告知承诺”受理')
  await says(page, '办件编号')

  // A person; the number goes nowhere but into the request.
  await press(page, '办下一件')
  await press(page, '个人', 'radio')
  await fill(page, '姓名', person.name)
  await fill(page, '公民身份号码', person.idNo)
  await press(page, '用这位申请人')
  await press(page, '个体工商户变更登记', 'radio')
  await says(page, /按“.+”受理/)
  await look(page, 'clerk-person')

  // The papers come; the list follows.
  await press(page, '受理的办件', 'link')
  await says(page, '待补交')
  await look(page, 'cases')
  const food = inCase('润达', '食品经营许可')
  await press(food, '食品经营许可')
  await press(food, '经营场所平面布局图', 'checkbox')
  await look(page, 'cases-open')
  await press(food, '所选材料已补交')
  await says(food, '已补齐')

  // A promise found false: what was not done and what follows stand in the record.
  const venue = inCase('润达', '公共场所卫生许可')
  await press(venue, '公共场所卫生许可')
  await press(venue, '认定承诺未履行')
  await fill(page, '未履行的承诺内容', '核查时从业人员没有健康合格证明')
  await fill(page, '违诺责任追究内容', '责令限期改正，记入信用记录')
  await look(page, 'cases-breach')
  await press(venue, '确认认定')
  await says(venue, '天内不再适用')
  await press(page, '已逾期', 'radio')
  await says(page, '没有这样的办件。')

  // From now on the quicker ways are closed to it, with the reason and the remedy.
  await page.goBack()
  await press(page, '换一个')
  await company('润达', '开封润达信息技术有限公司')
  await press(page, '公共场所卫生许可', 'radio')
  await press(page, '从业人员健康合格证明', 'checkbox')
  await says(page, '解决办法：')
  await look(page, 'clerk-blocked')

  // The finding was a mistake: it is put right, and the case is complete.
  await press(page, '受理的办件', 'link')
  await press(page, '全部', 'radio')
  const wrong = inCase('润达', '公共场所卫生许可')
  await press(wrong, '公共场所卫生许可')
  await press(wrong, '更正误认定')
  await fill(page, '为什么是误认定（不写个人信息）', '证明在核查前已交到窗口')
  await look(page, 'cases-correct')
  await press(wrong, '确认更正')
  await says(wrong, '已补齐')

  await assertPrivate(its, [person.idNo])
})
