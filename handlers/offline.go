package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/benefit"
)

func (d *Benefits) bundle(c *gin.Context) error {
	b, err := d.Desk.Bundle(c.Request.Context(), caller(c))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireSigned(b))
}

func (d *Benefits) upload(c *gin.Context) error {
	var in api.OfflineUses
	if err := bind(c, &in); err != nil {
		return err
	}
	uses := make([]benefit.OfflineUse, len(in.Items))
	for i, item := range in.Items {
		at, err := time.Parse(time.RFC3339, item.AcceptedAt)
		if err != nil {
			return model.Invalid("/items/"+strconv.Itoa(i)+"/acceptedAt", "date-time", "不是带时区的时间。")
		}
		uses[i] = benefit.OfflineUse{Pass: item.Pass, AcceptedAt: at, Device: item.DeviceID, AttemptKey: item.AttemptKey}
	}
	done, err := d.Desk.Upload(c.Request.Context(), caller(c), uses, receipt(c, http.StatusOK, wireUploaded))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireUploaded(done))
}

func wireUploaded(done []benefit.Uploaded) any {
	answer := api.UploadedUses{Items: make([]api.UploadedUse, len(done))}
	for i, u := range done {
		item := api.UploadedUse{Outcome: u.Outcome, DifferenceFen: u.DifferenceFen}
		switch u.Outcome {
		case "accepted":
			answer.Totals.Accepted++
			r := &u.Redemption
			item.RedemptionNo, item.Result, item.BenefitCode, item.PayPercent, item.PayFen = r.No, r.Result, r.BenefitCode, &r.PayPercent, r.PayFen
		case "duplicate":
			answer.Totals.Duplicate++
		default:
			answer.Totals.Rejected++
		}
		answer.Totals.DifferenceFen += u.DifferenceFen
		answer.Items[i] = item
	}
	return answer
}

func (d *Benefits) reverse(c *gin.Context) error {
	var in api.ReversalRequest
	if err := bind(c, &in); err != nil {
		return err
	}
	r, err := d.Desk.Reverse(c.Request.Context(), caller(c), c.Param("no"), in.Reason, receipt(c, http.StatusCreated, wireReversal))
	if err != nil {
		return err
	}
	return respond(c, http.StatusCreated, wireReversal(r))
}

func wireReversal(r model.Redemption) any {
	return api.Reversal{RedemptionNo: r.No, BenefitCode: r.BenefitCode, Reversed: r.Reversed, ReversedAt: instant(r.ReversedAt)}
}
