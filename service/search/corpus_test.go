package search

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"xinyi/model"
)

// The generator makes names as a district's register has them: few places and
// endings, many brands, with brackets, branches and Latin letters now and then.
var (
	testPlaces = []string{"开封市", "开封市", "开封市", "开封", "开封", "河南", "河南省", "河南", "开封市顺河回族区", "开封市顺河区", "开封市祥符区", "顺河回族区", "郑州", "安阳市北关区", "郏县", ""}
	testBrands = []rune("润达德鑫源盛华宏泰兴隆顺丰和美佳百川海通四方中天恒金银龙凤祥瑞吉庆安康福禄寿喜旺昌永久长远大小东西南北春夏秋冬梅兰竹菊松柏江河湖山林森木水火土石玉珠宝聚汇融信诚义仁礼智勇嘉悦欣乐优品尚雅韵致胜凯翔飞腾跃升阳光明亮辉煌星辰云雨雪晨曦锦绣程前卓越创新科技博学文思语墨书香古今")
	testTrades = []string{"商贸", "建筑工程", "建材", "餐饮管理", "餐饮服务", "物流", "运输", "科技", "信息技术", "网络科技", "文化传媒", "广告", "装饰工程", "装饰装修", "房地产开发", "物业管理", "劳务服务", "劳务派遣", "机械设备", "机电设备", "农业科技", "农业发展", "种植", "养殖", "食品", "粮油贸易", "医药", "医疗器械", "服饰", "纺织", "汽车销售", "汽车维修", "电子商务", "教育咨询", "企业管理咨询", "投资", "旅游开发", "酒店管理", "园林绿化", "环保工程", "电力工程", "消防工程", "印刷包装", "化工", "石化", "新能源", "家具", "家电销售", "百货", "超市"}
	testEnds   = []string{"有限公司", "有限公司", "有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "有限公司开封分公司", "经营部", "商行", "店", "专业合作社", "厂", "服务中心"}
)

func testName(rnd *rand.Rand) string {
	var b strings.Builder
	place := testPlaces[rnd.IntN(len(testPlaces))]
	bracket := rnd.IntN(25) == 0
	if !bracket {
		b.WriteString(place)
	}
	if rnd.IntN(60) == 0 {
		for range 2 + rnd.IntN(3) {
			b.WriteByte(byte('A' + rnd.IntN(26)))
		}
	} else {
		for range 2 + rnd.IntN(2) + rnd.IntN(4)/3 {
			// The square makes some characters far more common, as 鑫 and 源 are.
			f := rnd.Float64()
			b.WriteRune(testBrands[int(f*f*float64(len(testBrands)))])
		}
	}
	if bracket {
		b.WriteString("（开封）")
	}
	b.WriteString(testTrades[rnd.IntN(len(testTrades))])
	b.WriteString(testEnds[rnd.IntN(len(testEnds))])
	return b.String()
}

const corpusSize = 60000

// corpus gives the same 60,000 entries with different names at every call.
var corpus = sync.OnceValue(func() []Entry {
	rnd := rand.New(rand.NewPCG(2, 60000))
	seen := map[string]bool{}
	out := make([]Entry, 0, corpusSize)
	unused := func() string {
		for {
			if n := testName(rnd); !seen[n] {
				seen[n] = true
				return n
			}
		}
	}
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := make([]byte, 8)
	for len(out) < corpusSize {
		for i := range body {
			body[i] = alphabet[rnd.IntN(len(alphabet))]
		}
		code, err := model.ComposeUnifiedSocialCreditCode("91", "410203", string(body))
		if err != nil {
			panic(err)
		}
		e := Entry{USCC: code.Reveal(), Name: unused(), Status: "存续"}
		if rnd.IntN(20) == 0 {
			e.FormerNames = []string{unused()}
		}
		if rnd.IntN(20) == 0 {
			e.FormerCodes = []string{"4102031" + e.USCC[10:18]}
		}
		out = append(out, e)
	}
	return out
})

var corpusIndex = sync.OnceValue(func() *Index {
	x := New()
	x.Upsert(corpus()...)
	return x
})

// edit makes one mistake in a name: a wrong, missing, extra or transposed character.
func edit(rnd *rand.Rand, name string) string {
	r := []rune(name)
	for {
		out := append([]rune(nil), r...)
		i := rnd.IntN(len(r))
		c := testBrands[rnd.IntN(len(testBrands))]
		switch rnd.IntN(4) {
		case 0:
			out[i] = c
		case 1:
			out = append(out[:i], out[i+1:]...)
		case 2:
			out = append(out[:i], append([]rune{c}, out[i:]...)...)
		default:
			if i+1 < len(out) {
				out[i], out[i+1] = out[i+1], out[i]
			}
		}
		if string(out) != name {
			return string(out)
		}
	}
}

// rank gives the place of an organisation among hits, from 0; -1 when absent.
func rank(hits []Hit, uscc string) int {
	for i, h := range hits {
		if h.USCC == uscc {
			return i
		}
	}
	return -1
}

// namesOf lists hits for a message.
func namesOf(hits []Hit) string {
	var b strings.Builder
	for _, h := range hits {
		b.WriteString(h.Name + " ")
	}
	return strings.TrimSpace(b.String())
}

func TestCorpusIsLikeARegister(t *testing.T) {
	places := 0
	for _, e := range corpus() {
		if strings.HasPrefix(e.Name, "开封") {
			places++
		}
	}
	if places < corpusSize/3 {
		t.Errorf("only %d names start with the city", places)
	}
}
