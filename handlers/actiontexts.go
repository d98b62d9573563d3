package handlers

// actionTexts words what the access log shows a citizen; a test proves that every action
// has a text.
var actionTexts = map[string]string{
	// by the subject
	"auth.sign_in": "登录", "auth.logout": "退出登录", "auth.refresh": "登录续期", "identity.bind": "实名绑定", "enterprise.bind": "绑定企业",
	"own_file.view": "本人查看信用档案", "own_records.view": "本人查看记录", "own_enterprise.view": "查看可代表的企业",
	"own_enterprise_records.view": "查看可代表企业的记录", "own_messages.view": "本人查看消息", "message.agree": "订阅或退订消息",
	"own_benefits.view": "本人查看惠民事项", "own_commitments.view": "查看已签的承诺", "own_consents.view": "查看同意和授权事项",
	"level.join": "加入信用激励等级", "level.leave": "退出信用激励等级", "consent.withdraw": "撤回授权", "pass.issue": "领取凭证",
	"commitment.sign": "签署信用承诺",
	// by others about the subject
	"credit.query": "非公开查询", "record.view": "查看一条记录", "whitelist.check": "信易贷白名单查询",
	"gate.check": "核验凭证", "gate.redeem": "核销凭证", "gate.reverse": "撤销核销", "gate.upload": "补录离线核销",
	"gate.list":      "查看站点核销清单",
	"approval.check": "审批窗口核验", "approval.accept": "审批窗口受理办件", "approval.view": "审批窗口查看办件", "approval.list": "审批窗口查看待补件清单",
	"approval.supply": "审批窗口登记补交材料", "approval.breach": "审批窗口登记违诺", "approval.correct": "审批窗口更正登记",
	"commitment.view": "受理单位查看信用承诺", "commitment.confirm": "受理单位认定承诺履行情况", "commitment.stats": "统计信用承诺",
	"record.archive": "公示期满归档记录", "record.erase": "保存期满删除记录", "record.redisplay": "按新规则调整记录的公示期限", "record.retract": "撤回记录",
	"judgement.explain": "复算并说明信用评价", "benefit.replay": "复算一次惠民判定", "message.retry": "重新发送消息", "message.list": "查看未送达的消息",
	"listing.draft": "拟列入名单", "listing.revise": "修改拟列入名单的内容", "listing.publish": "列入名单并公布", "listing.remove": "移出名单",
	"listing.view": "查看名单事项", "listing.list": "查看名单事项列表", "joint.initiate": "发起联合奖惩", "joint.respond": "响应联合奖惩",
	"joint.report": "反馈联合奖惩结果", "joint.view": "查看联合奖惩", "joint.list": "查看联合奖惩列表", "worklist.view": "查看待办",
	"audit.list": "审计员查看审计日志",
	// about everybody, or nobody's data
	"import.file": "导入数据文件", "import.batch": "导入一批数据", "submission.receive": "接收报送", "rating.submit": "报送行业评价",
	"judging.start": "开始全员重评", "judging.done": "完成全员重评", "quality.enter": "登记归集质量数据", "quality.records": "查看质量指标涉及的记录",
	"quality.recount": "重算归集质量指标", "redemption.sum_up": "汇总核销", "settlement.issue": "出具结算单", "gate.bundle": "下载离线核验数据",
	"gate.upload_batch": "上传离线核销", "upstream.export": "生成上报文件", "upstream.package": "打包上报文件", "upstream.receipt": "读取上报回执",
	"upstream.settle": "核对上报结果", "upstream.write": "写出上报文件", "benefit_rule.draft": "起草惠民规则", "benefit_rule.revise": "修改惠民规则草案",
	"benefit_rule.simulate": "试算惠民规则", "benefit_rule.publish": "公布惠民规则", "sector.draft": "起草行业评价办法", "sector.publish": "公布行业评价办法",
	"policy.propose": "提交规则", "policy.publish": "公布规则", "policy.reject": "退回规则", "account.create": "开通账号", "staff.create": "开通工作人员账号",
	"staff.suspend": "停用工作人员账号", "staff.restore": "恢复工作人员账号", "staff.reset": "重置工作人员口令", "staff.unlock": "解除工作人员账号锁定",
	"client.create": "开通系统账号", "client.suspend": "停用系统账号", "client.restore": "恢复系统账号", "client.rotate": "更换系统账号密钥",
	"session.revoke": "终止账号的全部登录", "session.end": "终止一次登录",
	"auth.client_token": "系统登录", "key.master": "更换主密钥", "key.rotate": "轮换密钥", "key.retire": "停用密钥",
}
