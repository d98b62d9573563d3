package synth

import (
	"fmt"
	"strings"

	"xinyi/model"
)

// The words names are made of. Given names use characters that place and company names
// here do not, so that a citizen's name never stands in other text by chance.
var (
	surnames = strings.Split("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 马 朱 胡 郭 何 林 罗 郑 梁 谢 宋 唐 许 邓 韩 冯 曹 彭 曾 肖 田 董 袁 潘 蒋 蔡 余 杜 叶 程 魏 苏 吕 丁 任 卢 姚 钟 姜 崔 谭 陆 范 汪 廖 石 贾 韦 夏 付 方 邹 熊 白 孟 秦 邱 侯 江 尹 薛 闫 段 雷 龙 史 陶 贺 毛 郝 顾 龚 邵 万 覃 武 钱 戴 严 莫 孔 向 常", " ")
	given    = []rune("沐宸昕妤芷蔓筱栩珩澍湉霏瑾瑜翊晗睿琪颖婧姝媛娅妍姗婕婷嫣怡恬悦慧懿懋晟晖晓晔暄曦杉柠桐梓楠樱沁泓洵浠淇淳涵渝溪潇澜灏炜烨煜熠燊玥珂珈珞珊琬琰璇璐瓅痴皓眸睦碧禾祎祺秉稷穆竣筠箫纭纾绮缇翎翕翰聿聆胤舷艺芃芊苒苓苡茉茗荀荞莀莘莳菀菁菡萤萱葭葳蒽蓁蓓蔚蕊蕙薇薷藜蘅虔蝶衍衡袀裕诗诺谦谨贇赟跃辰迪逸邈郦酉采釉野铎铭锟镕闵阮陌隽雁雅霁霖霜霓靖静鞅韵韶颂颀颉飏馥馨骁骐骞鸢鸾鹂麒麟黛默龄")

	brands     = []rune("润达恒泰鑫盛源宏远博瑞嘉禾汇丰隆昌祥顺兴邦华诚信义和德厚仁康宁安裕通久长青云腾飞翔宇辉煌金玉银河星辰阳光春晓东方南北中原古都宋韵清明菊香御铁铸梁园")
	trades     = []string{"建筑工程", "装饰工程", "餐饮管理", "商贸", "物业服务", "信息技术", "食品", "医药", "文化传媒", "旅游开发", "汽车销售", "农业科技", "物流", "教育咨询", "劳务派遣", "环保科技", "机械制造", "房地产开发", "广告", "家政服务", "电子商务", "粮油", "纺织", "化工", "监理咨询", "勘察设计", "招标代理", "新能源", "医疗器械", "酒店管理"}
	industries = map[string]string{"建筑工程": "建筑业", "装饰工程": "建筑业", "餐饮管理": "住宿和餐饮业", "商贸": "批发和零售业", "物业服务": "房地产业", "信息技术": "信息传输、软件和信息技术服务业", "食品": "制造业", "医药": "制造业", "文化传媒": "文化、体育和娱乐业", "旅游开发": "水利、环境和公共设施管理业", "汽车销售": "批发和零售业", "农业科技": "农、林、牧、渔业", "物流": "交通运输、仓储和邮政业", "教育咨询": "教育", "劳务派遣": "租赁和商务服务业", "环保科技": "水利、环境和公共设施管理业", "机械制造": "制造业", "房地产开发": "房地产业"}
	shops      = []string{"百货店", "饭店", "面馆", "理发店", "五金店", "水果店", "服装店", "便利店", "早餐店", "药店", "书店", "花店"}
	places     = []string{"开封", "开封市", "汴京", "河南", "顺河"}
	suffixes   = []string{"有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司"}
	streets    = []place{{"410203001", "清平街道"}, {"410203002", "铁塔街道"}, {"410203003", "曹门街道"}, {"410203004", "宋门街道"}, {"410203005", "工业街道"}, {"410203006", "苹果园街道"}, {"410203200", "东郊乡"}, {"410203201", "土柏岗乡"}}
	roads      = []string{"北门大街", "明伦街", "曹门大街", "滨河路", "公园路", "劳动路", "东京大道", "新宋路", "五一路", "内环路"}
)

type place struct{ code, name string }

// authority is a unit of the district; its code is synthetic.
type authority struct{ name, uscc string }

// Authority gives name and code of one of the units that records come from: the market
// regulation bureau is 0.
func (d *District) Authority(i int) (name, uscc string) {
	a := d.authorities[i%len(d.authorities)]
	return a.name, a.uscc
}

// Indexes of authorities.
const (
	marketRegulation = iota
	taxBureau
	housing
	humanResources
	emergency
	health
	civilAffairs
	court
	transport
	youthLeague
	urbanManagement
	utilities
)

var authorityNames = [...]string{"顺河回族区市场监督管理局", "顺河回族区税务局", "顺河回族区住房和城乡建设局", "顺河回族区人力资源和社会保障局",
	"顺河回族区应急管理局", "顺河回族区卫生健康委员会", "顺河回族区民政局", "顺河回族区人民法院", "顺河回族区交通运输局", "共青团顺河回族区委员会",
	"顺河回族区城市管理局", "顺河回族区公用事业服务中心"}

// name gives the authorities their codes.
func (d *District) name() error {
	for i, name := range authorityNames {
		code, err := model.ComposeUnifiedSocialCreditCode("11", "410203", fmt.Sprintf("0059%04d", i+1))
		if err != nil {
			return err
		}
		d.authorities = append(d.authorities, authority{name, code.Reveal()})
	}
	return nil
}
