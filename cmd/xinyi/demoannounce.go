package main

import (
	"fmt"
	"io"
	"text/template"

	"xinyi/model"
)

// announcement is what a newcomer reads and types first. The shell lines need curl, sed
// and grep only; demo.json alone has secrets, names and numbers in clear.
var announcement = template.Must(template.New("demo").Parse(`
信易+ 演示已就绪 ready: {{.Base}}   接口说明 API: {{.Base}}/docs   指标 metrics: http://{{.Metrics}}/metrics
会发给群众的消息 messages to people: {{.Messages}}
登录信息（口令只在这里有明文）sign-ins: {{.File}}

# 取 JSON 里的一个值 picks one value out of JSON
j() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }

# 1 查企业 look up an enterprise
curl -s {{.Base}}/v1/enterprises/{{.USCC}}

# 2 市民登录，看自己的档案 sign in as a citizen, see your own file
TOKEN=$(curl -s {{.Base}}/v1/auth/wechat -H 'Content-Type: application/json' -d '{"code":"{{.Code}}"}' | j accessToken)
curl -s {{.Base}}/v1/me/credit -H "Authorization: Bearer $TOKEN"

# 3 出示凭证，在铁塔公园检票口核验 show a pass at the gate
PASS=$(curl -s {{.Base}}/v1/me/passes -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $RANDOM$RANDOM" -H 'Content-Type: application/json' -d '{"benefitCode":"TT-PARK-60"}' | j pass)
GATE=$(curl -s {{.Base}}/oauth2/token -u "demo-gate:$(grep -A1 demo-gate '{{.File}}' | j clientSecret)" -d grant_type=client_credentials | j access_token)
curl -s {{.Base}}/v1/gate/checks -H "Authorization: Bearer $GATE" -H 'Content-Type: application/json' -d "{\"pass\":\"$PASS\"}"

# 4 窗口核验容缺 a clerk checks an approval with a paper missing
CLERK=$(curl -s {{.Base}}/v1/auth/staff -H 'Content-Type: application/json' -d "{\"username\":\"demo-clerk\",\"password\":\"$(grep -A1 demo-clerk '{{.File}}' | j password)\"}" | j accessToken)
curl -s {{.Base}}/v1/approvals/checks -H "Authorization: Bearer $CLERK" -H 'Content-Type: application/json' -d '{"subject":{"uscc":"{{.USCC}}"},"itemCode":"SP-FOOD-001","missingMaterials":["D01"]}'

# 5 银行查信易贷白名单 a bank asks the whitelist
BANK=$(curl -s {{.Base}}/oauth2/token -u "demo-bank:$(grep -A1 demo-bank '{{.File}}' | j clientSecret)" -d grant_type=client_credentials | j access_token)
curl -s {{.Base}}/v1/loan/whitelist/{{.USCC}} -H "Authorization: Bearer $BANK"

演示登录 sign-ins:
{{range .SignIns}}  {{.}}
{{end}}`))

// announce prints the announcement.
func (d *demo) announce(w io.Writer, s *server) error {
	var signIns []string
	for _, c := range d.file.Citizens {
		id, err := model.ParseCitizenID(c.IDNo, model.DateOf(s.platform.clock.Now()))
		if err != nil {
			return err
		}
		signIns = append(signIns, fmt.Sprintf("%-15s %-16s %s %s %s", model.RoleCitizen, c.WeChatCode, model.MaskName(c.Name), id, c.Level))
	}
	for _, st := range d.file.Staff {
		signIns = append(signIns, fmt.Sprintf("%-15s %s", st.Role, st.Username))
	}
	for _, c := range d.file.Clients {
		signIns = append(signIns, fmt.Sprintf("%-15s %s", c.Role, c.ClientID))
	}
	return announcement.Execute(w, map[string]any{"Base": d.file.BaseURL, "Metrics": s.metrics, "Messages": d.file.MessagesURL, "File": d.path,
		"USCC": d.file.Enterprises[len(d.file.Enterprises)-1].USCC, "Code": d.file.Citizens[0].WeChatCode, "SignIns": signIns})
}
