package handlers

import (
	"bytes"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/benefit"
)

var csvMedia = []string{"text/csv; charset=utf-8"}

func (d *Benefits) mountSettlements(r Router) {
	r.Handle(http.MethodGet, "/v1/settlements", d.settlement)
	r.Handle(http.MethodGet, "/v1/settlements.csv", d.settlementFile("csv", csvMedia, benefit.NewSettlementCSV))
	r.Handle(http.MethodGet, "/v1/settlements.xlsx", d.settlementFile("xlsx", workbookMedia, benefit.NewSettlementXLSX))
}

func (d *Benefits) settle(c *gin.Context, book benefit.SettlementBook) (benefit.Settlement, error) {
	var day model.Date
	if text := query(c, "date"); text != "" {
		var err error
		if day, err = model.ParseDate(text); err != nil {
			return benefit.Settlement{}, model.Invalid("?date", "date", "不是真实的日期。")
		}
	}
	return d.Desk.Settle(c.Request.Context(), caller(c), query(c, "site"), day, book)
}

func (d *Benefits) settlement(c *gin.Context) error {
	s, err := d.settle(c, nil)
	if err != nil {
		return err
	}
	answer := api.Settlement{Date: string(s.Day), Partner: s.Partner, Sites: s.Sites, AsOf: instant(s.AsOf), Final: s.Final, FinalAt: instant(s.FinalAt),
		Lines: make([]api.SettlementLine, len(s.Lines)), Totals: wireSums(s.Totals), DigestAlgorithm: "SM3", Digest: s.Digest, Signed: wireSigned(s.Signed)}
	for i, l := range s.Lines {
		answer.Lines[i] = api.SettlementLine{SiteID: l.SiteID, BenefitCode: l.BenefitCode, Sums: wireSums(l.Sums)}
	}
	return respond(c, http.StatusOK, answer)
}

func wireSums(s benefit.Sums) api.SettlementSums {
	return api.SettlementSums{Uses: s.Uses, Granted: s.Granted, Reversed: s.Reversed, Duplicates: s.Duplicates, Unpriced: s.Unpriced, Companions: s.Companions,
		StandardFen: s.Standard, DueFen: s.Due, ReliefFen: s.Relief, DifferenceFen: s.Difference}
}

func wireSigned(b benefit.Signed) api.GateBundle {
	out := api.GateBundle{Payload: b.Payload, Signatures: make([]api.BundleSignature, len(b.Signatures))}
	for i, s := range b.Signatures {
		out.Signatures[i] = api.BundleSignature{Protected: s.Protected, Signature: s.Signature}
	}
	return out
}

// settlementFile answers with the whole file: what fails later than the first byte could not
// be told.
func (d *Benefits) settlementFile(kind string, media []string, book func(io.Writer) benefit.SettlementBook) Handler {
	return func(c *gin.Context) error {
		var file bytes.Buffer
		s, err := d.settle(c, book(&file))
		if err != nil {
			return err
		}
		c.Writer.Header()["Content-Disposition"] = []string{`attachment; filename="settlement-` + string(s.Day) + "." + kind + `"`}
		writeBody(c, http.StatusOK, media, file.Bytes())
		return nil
	}
}
