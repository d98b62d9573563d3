package mongo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

func TestFault(t *testing.T) {
	const secret = "410203190001010014"
	message := "E11000 dup key: { _id: \"" + secret + "\" }"
	tests := []struct {
		name string
		err  error
		want model.Code
	}{
		{"network", mongo.CommandError{Labels: []string{"NetworkError"}, Wrapped: io.EOF}, model.CodeUnavailable},
		{"own time-out", context.DeadlineExceeded, model.CodeUnavailable},
		{"server time-out", mongo.CommandError{Code: 50, Name: "MaxTimeMSExpired", Message: message}, model.CodeUnavailable},
		{"not primary", mongo.CommandError{Code: 10107, Message: message}, model.CodeUnavailable},
		{"stepped down, in a write", mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 189, Message: message}}}, model.CodeUnavailable},
		{"no majority", mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: 999, Message: message}}, model.CodeUnavailable},
		{"no majority, bulk", mongo.BulkWriteException{WriteConcernError: &mongo.WriteConcernError{Code: 64, Message: message}}, model.CodeUnavailable},
		{"transaction never fitted", mongo.CommandError{Code: 9999, Labels: []string{"TransientTransactionError"}, Message: message}, model.CodeUnavailable},
		{"commit unknown", mongo.CommandError{Code: 9999, Labels: []string{"UnknownTransactionCommitResult"}, Message: message}, model.CodeUnavailable},
		{"closed", mongo.ErrClientDisconnected, model.CodeUnavailable},
		{"not authorised", mongo.CommandError{Code: 13, Message: message}, model.CodeUnavailable},
		{"too big", mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 10334, Message: message}}}, model.CodePayloadTooLarge},
		{"bad command", mongo.CommandError{Code: 2, Name: "BadValue", Message: message}, model.CodeInternal},
		{"stray duplicate", mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{{WriteError: mongo.WriteError{Code: 11000, Message: message}}}}, model.CodeInternal},
		{"our value", mongo.MarshalError{Value: secret, Err: errors.New(secret)}, model.CodeInternal},
		{"our argument", mongo.ErrNilDocument, model.CodeInternal},
		{"worded already", fmt.Errorf("in a callback: %w", store.ErrNotFound), model.CodeNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := fault(t.Context(), tt.err)
			if model.CodeOf(err) != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), secret) || strings.Contains(fmt.Sprintf("%+v", e), secret) {
					t.Errorf("shows the key: %+v", e)
				}
			}
			var m *model.Error
			if errors.As(err, &m) && tt.want == model.CodeUnavailable && m.RetryAfter != time.Second && tt.name != "not authorised" {
				t.Errorf("retry after %v", m.RetryAfter)
			}
		})
	}
	if err := fault(t.Context(), nil); err != nil {
		t.Errorf("nil became %v", err)
	}
}

func TestFaultKeepsTheCallersOwnEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := fault(ctx, mongo.CommandError{Labels: []string{"NetworkError"}}); err != context.Canceled { //nolint:errorlint // the bare one
		t.Errorf("%v", err)
	}
}
