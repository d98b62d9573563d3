package submission_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/credit"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/service/submission"
)

func lines(t testing.TB, rows ...map[string]any) (out []byte) {
	t.Helper()
	for _, row := range rows {
		line, err := json.Marshal(row)
		require.NoError(t, err)
		out = append(append(out, line...), '\n')
	}
	return out
}

func penaltyOf(who *ingest.Row, no string, details ...any) map[string]any {
	row := map[string]any{"title": "未按规定明码标价", "docNo": no, "category": "fine;confiscate_income", "fineFen": 200_000, "content": "罚款2000元",
		"legalBasis": "《中华人民共和国价格法》第四十二条", "decisionDate": "2026-05-11", "authority": servicetest.Authority, "authorityUscc": unitCode,
		"name": who.Name, "severity": "general", "procedure": "ordinary"}
	if who.USCC != "" {
		row["uscc"] = who.USCC
	} else {
		row["idNo"] = who.IDNo
	}
	if len(details) > 0 {
		row["details"] = details
	}
	return row
}

func detail(key, value string) map[string]string {
	return map[string]string{"key": key, "value": value}
}

func (d *desk) recordOf(t testing.TB, who *ingest.Row) *model.Record {
	t.Helper()
	records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(who))
	require.NoError(t, err)
	require.Len(t, records, 1)
	return records[0]
}

// Every cell of a template is in the record afterwards; what is internal is not the public's.
func TestDetails_ofTemplate(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	data, err := d.Template(model.RecordPenalty)
	require.NoError(t, err)
	st := d.hand(t, upload(model.RecordPenalty, "xlsx", fillIn(t, data, org, map[string]string{"处罚类别": "罚款；没收违法所得；吊销许可证件", "违法事实": "未明码标价",
		"没收金额(万元)": "1.5", "暂扣或吊销证照名称及编号": "许可证甲", "备注": "内部说明"})))
	require.Equal(t, 1, st.Job.Accepted, d.faults(t, st.No))
	rec := d.recordOf(t, org)
	require.Equal(t, []model.Detail{{Key: "confiscateFen", Value: "1500000"}, {Key: "remark", Value: "内部说明"}, {Key: "revokedCert", Value: "许可证甲"},
		{Key: "violationFacts", Value: "未明码标价"}}, rec.Details)
	require.Equal(t, []credit.Detail{{Key: "confiscateFen", Label: "没收金额(万元)", Value: "1.5"}, {Key: "revokedCert", Label: "暂扣或吊销证照名称及编号", Value: "许可证甲"},
		{Key: "violationFacts", Label: "违法事实", Value: "未明码标价"}}, d.Credit.PublicDetails(rec))
	seen, err := d.Credit.Record(t.Context(), officer, rec.ID)
	require.NoError(t, err)
	require.Contains(t, seen.Details, credit.Detail{Key: "remark", Label: "备注", Value: "内部说明"})
}

// Rows as JSON carry the same, in the form in which it is kept, and nothing that the form
// does not name.
func TestDetails_ofRows(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	st := d.hand(t, upload(model.RecordPenalty, "ndjson", lines(t,
		penaltyOf(org, "顺市监罚〔2026〕1号", detail("confiscateFen", "1500000"), detail("violationFacts", " 未明码标价 ")),
		penaltyOf(org, "顺市监罚〔2026〕2号", detail("colour", "红")),
		penaltyOf(org, "顺市监罚〔2026〕3号", detail("confiscateFen", "1.5")),
		penaltyOf(org, "顺市监罚〔2026〕4号", detail("violationFacts", "当事人13800000000")),
		penaltyOf(org, "顺市监罚〔2026〕5号", detail("violationFacts", "甲"), detail("violationFacts", "乙")))))
	require.Equal(t, 1, st.Job.Accepted)
	require.Equal(t, []model.Detail{{Key: "confiscateFen", Value: "1500000"}, {Key: "violationFacts", Value: "未明码标价"}}, d.recordOf(t, org).Details)
	faults, err := d.repo.Faults(t.Context(), st.No, 100)
	require.NoError(t, err)
	told := map[int]string{}
	for _, f := range faults {
		if !f.Warning {
			told[f.Line] = f.Column + " " + f.Code
		}
	}
	require.Equal(t, map[int]string{2: "details details", 3: "details.confiscateFen amount", 4: "details.violationFacts personal_data", 5: "details details"}, told)
}

// What one cell asks for beside it is told, and the row comes in.
func TestDetails_askedFor(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	st := d.hand(t, upload(model.RecordPenalty, "ndjson", lines(t, penaltyOf(org, "顺市监罚〔2026〕1号"))))
	require.Equal(t, 1, st.Job.Accepted)
	faults, err := d.repo.Faults(t.Context(), st.No, 100)
	require.NoError(t, err)
	require.Len(t, faults, 1)
	require.Equal(t, "details.confiscateFen missing true", faults[0].Column+" "+faults[0].Code+map[bool]string{true: " true"}[faults[0].Warning])
}

// A natural person's are sealed, and a correction corrects them.
func TestDetails_ofPerson(t *testing.T) {
	d := open(t)
	person := d.Person(1, "王示例")
	d.Import(person)
	send := func(facts string, mode model.SubmissionMode) submission.State {
		up := upload(model.RecordPenalty, "ndjson", lines(t, penaltyOf(person, "顺市监罚〔2026〕1号", detail("violationFacts", facts), detail("confiscateFen", "100"))))
		up.Mode = mode
		return d.hand(t, up)
	}
	require.Equal(t, 1, send("头一次的事实", model.SubmissionNew).Job.Accepted)
	rec := d.recordOf(t, person)
	require.Nil(t, rec.Details)
	require.NotEmpty(t, rec.SealedDetails)
	require.NotContains(t, string(rec.SealedDetails), "头一次")
	require.Equal(t, 1, send("头一次的事实", model.SubmissionCorrection).Job.Duplicate, "it says the same")
	require.Equal(t, 1, send("更正后的事实", model.SubmissionCorrection).Job.Accepted)
	blocked := send("当事人患病", model.SubmissionCorrection)
	require.Equal(t, 1, blocked.Job.Rejected, "the blocklist reads details too")
	own, _, err := d.Credit.OwnRecords(t.Context(), model.Principal{ID: "c1", Role: model.RoleCitizen, Subject: d.IDOf(person)}, "", "", 10)
	require.NoError(t, err)
	require.Equal(t, []credit.Detail{{Key: "confiscateFen", Label: "没收金额(万元)", Value: "0.0001"}, {Key: "violationFacts", Label: "违法事实", Value: "更正后的事实"}}, own[0].Details)
}

// A rating is judged by the scheme in force on the day of its decision, whatever way it comes.
func TestRatings_byScheme(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	rating := func(change map[string]any) map[string]any {
		row := map[string]any{"title": "餐饮服务信用评价", "sector": "catering", "grade": "A", "period": "2025", "decisionDate": "2026-05-11", "authority": servicetest.Authority,
			"authorityUscc": unitCode, "name": org.Name, "uscc": org.USCC}
		for k, v := range change {
			row[k] = v
		}
		return row
	}
	st := d.hand(t, upload(model.RecordRating, "ndjson", lines(t, rating(nil), rating(map[string]any{"grade": "AAAA", "period": "2024"}),
		rating(map[string]any{"sector": "nothing", "period": "2023"}), rating(map[string]any{"period": "二五年"}), rating(map[string]any{"scope": "本区", "period": "2022"}),
		rating(map[string]any{"points": "96", "period": "2021"}),
		rating(map[string]any{"sector": "tax", "period": "2020"}), rating(map[string]any{"sector": "cluster", "period": "2020", "grade": "甲"}))))
	require.Equal(t, 1, st.Job.Accepted)
	faults, err := d.repo.Faults(t.Context(), st.No, 100)
	require.NoError(t, err)
	told := map[int]string{}
	for _, f := range faults {
		told[f.Line] = f.Column + " " + f.Code
	}
	require.Equal(t, map[int]string{2: "grade unknown_grade", 3: "sector unknown_sector", 4: "period period", 5: "scope scope", 6: "points no_points", 7: "sector other_unit", 8: "sector other_unit"}, told)
}

// A minor penalty is shown only where the authority says why it must be.
func TestSubmit_minorPenalty(t *testing.T) {
	for need, ends := range map[string]model.Date{"": "2026-05-11", "涉及公共安全": "2026-08-11"} {
		d := open(t)
		org := d.Org("MA444444")
		d.Import(org)
		data, err := d.Template(model.RecordPenalty)
		require.NoError(t, err)
		st := d.hand(t, upload(model.RecordPenalty, "xlsx", fillIn(t, data, org, map[string]string{"严重程度": "轻微", "确需公示的理由": need})))
		require.Equal(t, 1, st.Job.Accepted, st.Reason)
		records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
		require.NoError(t, err)
		require.Equal(t, ends, records[0].DisplayEnds, need)
	}
}
