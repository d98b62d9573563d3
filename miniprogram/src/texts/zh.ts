// 中文文案。用词见 domain.md §16.1：只说事实、说清下一步，不评价人。
import { citizenZh } from './citizen'
import { publicZh } from './public'
import { workZh } from './work'

export const zh = {
  ...citizenZh, ...publicZh, ...workZh,
  'tab.home': '首页', 'tab.search': '查企业', 'tab.mine': '我的',
  'title.home': '信易+', 'title.search': '查企业', 'title.mine': '我的', 'title.signin': '登录', 'title.pass': '出示凭证',
  'title.benefits': '信用优惠', 'title.credit': '我的信用档案', 'title.access': '谁看过我', 'title.settings': '设置',
  'title.enterprise': '企业公开信息', 'title.gate': '检票', 'title.clerk': '窗口核验',
  'do.retry': '再试一次', 'do.more': '查看更多', 'do.signin': '去登录', 'do.signout': '退出登录', 'do.loading': '正在加载',
  'home.hello': '您好，{name}', 'home.guest': '登录后，看看您的信用能用在哪里。', 'home.usable': '我能用的', 'home.none': '现在没有可用的优惠，均按标准价办理。可以看看还差什么。',
  'home.pass': '出示凭证', 'home.all': '全部优惠和条件', 'home.public': '不登录也能用',
  'signin.citizen': '市民登录', 'signin.demoNote': '这里是演示城区，人和企业都是虚构的。选一位市民登录：', 'signin.wechat': '微信登录', 'signin.weappOnly': '市民请在微信中打开“信易+”小程序登录。',
  'signin.staff': '工作人员登录', 'signin.username': '用户名', 'signin.password': '密码', 'signin.submit': '登录', 'signin.staffNote': '检票、窗口人员用单位发放的账号登录。', 'signin.staffDemo': '演示口令在 data/demo.json 中。',
  'demo.1': '信用优秀，2 项荣誉、120 小时志愿服务', 'demo.2': '信用良好，1 项荣誉、30 小时志愿服务', 'demo.3': '刚加入，还没有荣誉', 'demo.4': '没有加入信用激励', 'demo.5': '信用良好，一家企业的法定代表人', 'demo.6': '有一项尚在公示期的处罚', 'demo.7': '有一项一般处罚', 'demo.8': '10 小时志愿服务', 'demo.9': '3 项荣誉，还没有实名', 'demo.person': '市民 {n}',
  'benefit.eligible': '可享受', 'benefit.standard': '按标准价', 'benefit.undetermined': '正在核查，暂按标准价', 'benefit.pay': '付 {percent}%', 'benefit.free': '免费', 'benefit.payFen': '付 {pay}，标准价 {base}', 'benefit.missing': '还差 {n} 项', 'benefit.use': '出示凭证', 'benefit.conditions': '条件', 'benefit.until': '有效至 {day}', 'benefit.allScenes': '全部', 'benefit.empty': '这个场景还没有公布优惠，请看看其他场景。', 'benefit.rule': '规则 {version}', 'benefit.site': '地点：{site}',
  'benefit.priority': '优先办理', 'benefit.quota': '赠 {n} {unit}', 'benefit.noDeposit': '免押金', 'benefit.deposit': '押金付 {percent}%',
  'scene.tour': '游', 'scene.approve': '批', 'scene.medical': '医', 'scene.read': '阅', 'scene.travel': '行', 'scene.rent': '租', 'scene.loan': '贷', 'scene.elderly': '养老', 'scene.education': '教育', 'scene.consume': '消费',
  'pass.scan': '请向检票口出示', 'pass.left': '{n} 秒后自动更换', 'pass.refresh': '立即更换', 'pass.offline': '网络不通，仍可出示，最晚 {time}', 'pass.over': '凭证已过期。请连上网络后点“立即更换”，或按标准价入园。', 'pass.capture': '凭证用一次，截图不能重复使用。', 'pass.seen': '检票口只会看到“可”或“标准价”，看不到原因。', 'pass.qr': '凭证二维码', 'pass.copy': '复制凭证文字', 'pass.copied': '已复制',
  'credit.level': '信用激励等级', 'credit.counted': '计入 {n} 项', 'credit.why': '每一项的依据', 'credit.rule': '规则 {version}，可向信用办申请人工复核', 'credit.asOf': '按 {day} 计算', 'credit.records': '我的记录', 'credit.noRecords': '没有现行记录。', 'credit.from': '来源：{source}', 'credit.ends': '公示到 {day}', 'credit.disputed': '该信息正在核查（异议中）', 'credit.past': '已不再有效', 'credit.basis': '依据：{text}', 'credit.items': '{n} 条记录', 'remedy.objection': '认为信息有误的，可提出异议；核查期间会标注“异议中”。', 'remedy.repair': '履行义务后，可向信用办或认定单位申请信用修复。', 'remedy.archive': '公示期已满，不再对外显示；如仍在别处看到，可申请处理。', 'credit.earliest': '最早 {day}',
  'disclosure.public': '公开公示', 'disclosure.gov_share': '政务共享', 'disclosure.authorised': '授权查询',
  'access.intro': '除您本人外，每一次查看都先记入不可篡改的日志，再得到答案。', 'access.empty': '还没有查看记录。', 'access.what': '看到的内容：{list}', 'access.purpose': '目的：{text}',
  'shown.summary': '摘要', 'shown.judgement': '等级与依据', 'shown.records': '记录', 'shown.listed': '是否在白名单', 'shown.whitelist': '白名单理由', 'shown.other': '其他内容', 'access.others': '他人查看', 'access.all': '全部', 'access.onlyOwn': '最近 {n} 次都是您本人的查看。可以继续往前看。', 'access.noOthers': '还没有他人查看过您的档案。', 'home.staff': '您在工作模式。',
  'purpose.self_view': '本人查看', 'purpose.benefit_check': '核验优惠资格', 'purpose.bank_assess': '银行评估', 'purpose.employment': '招聘', 'purpose.tender': '招标', 'purpose.award': '评优', 'purpose.approval': '审批', 'purpose.other': '其他',
  'role.public': '公众', 'role.citizen': '市民', 'role.gate': '检票口', 'role.clerk': '窗口', 'role.bank': '银行', 'role.department': '部门', 'role.office': '信用办', 'role.reviewer': '复核人', 'role.security_admin': '安全管理员', 'role.auditor': '审计员',
  'mine.guest': '还没有登录', 'mine.verified': '已实名', 'mine.unverified': '未实名',
  'settings.elder': '大字版', 'settings.theme': '外观', 'settings.auto': '跟随系统', 'settings.light': '浅色', 'settings.dark': '深色', 'settings.lang': '语言', 'settings.on': '开', 'settings.off': '关', 'settings.privacy': '本机只保存这些设置、本次登录和正在出示的凭证（最多 10 分钟）；不保存姓名、号码和档案内容。',
  'search.label': '企业名称、代码或拼音首字母', 'search.hint': '例如：润达', 'search.start': '输入名称、统一社会信用代码或拼音首字母，边输入边查。', 'search.empty': '没有找到。请检查名称，或改用统一社会信用代码。', 'search.code': '代码', 'search.former': '曾用：{text}',
  'enterprise.facts': '登记信息', 'enterprise.legalRep': '法定代表人', 'enterprise.type': '类型', 'enterprise.established': '成立日期', 'enterprise.address': '住所', 'enterprise.scope': '经营范围', 'enterprise.formerNames': '曾用名', 'enterprise.ratings': '行业评价', 'enterprise.lists': '名单', 'enterprise.noLists': '没有公示中的名单信息。', 'enterprise.records': '公开记录', 'enterprise.noRecords': '没有公开记录。', 'enterprise.asOf': '按 {day} 计算，公示期满的不再显示', 'enterprise.bad': '没有企业代码，请从“查企业”进入。',
  'section.administration': '行政管理', 'section.honesty': '诚实守信', 'section.serious': '严重失信', 'section.abnormal': '经营异常', 'section.commitment': '信用承诺', 'section.evaluation': '信用评价', 'section.judicial': '司法判决', 'section.other': '其他',
  'list.honor': '守信激励', 'list.serious': '严重失信', 'list.abnormal': '经营异常', 'list.watch': '重点关注',
  'trouble.offline': '网络不通。请检查网络后再试一次。', 'trouble.busy': '服务正忙，请过一会儿再试。', 'trouble.signin': '登录已过期，请重新登录。', 'trouble.other': '没有办成，请再试一次；仍不行请把编号告诉窗口。', 'trouble.id': '编号 {id}', 'trouble.forbidden': '这个账号没有这项权限，请换一个账号登录。',
}
export type TextKey = keyof typeof zh
