package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"xinyi/model"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// serverError is what is kept of a server's answer for logs: its codes and labels. Its
// message is dropped, because servers quote keys in it, and keys may belong to a person.
type serverError struct {
	codes  []int
	name   string
	labels []string
}

func (e *serverError) Error() string {
	return fmt.Sprintf("mongo: server said %v %s %v", e.codes, e.name, e.labels)
}

var knownLabels = []string{"TransientTransactionError", "UnknownTransactionCommitResult",
	"RetryableWriteError", "NetworkError", "NetworkTimeoutError", "ExceededTimeLimitError"}

// Codes of the server, by what they mean for the caller.
var (
	// It may work in a moment: elections, shutdowns, time limits, lost majorities.
	codesUnavailable = []int{6, 7, 24, 43, 46, 50, 63, 64, 89, 91, 100, 112, 150, 189, 202, 234, 237, 251, 262, 290,
		9001, 10107, 11600, 11602, 13388, 13435, 13436}
	codesRefused = []int{8000, 13, 18} // not authorised, sign-in failed
	codesTooBig  = []int{10334, 17280, 17419, 17420}
)

// fault words an error of the driver. The caller's own cancelled context comes back as it
// is; other causes are kept without what a server might quote.
func fault(caller context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cerr := caller.Err(); cerr != nil {
		return cerr
	}
	var ours *model.Error
	if errors.As(err, &ours) {
		return err
	}
	cause := err
	var se mongo.ServerError
	if errors.As(err, &se) && !mongo.IsNetworkError(err) {
		cause = strip(se)
	} else {
		se = nil
	}
	var argument mongo.InvalidArgumentError
	var marshal mongo.MarshalError
	switch {
	case errors.As(err, &argument), errors.As(err, &marshal): // ours; the text may hold the value
		return model.Errorf(model.CodeInternal, "数据库请求有误，请联系管理员。")
	case se != nil && hasAny(se, codesTooBig):
		return model.Wrap(cause, model.CodePayloadTooLarge, "数据太大，无法保存，请拆分后重试。")
	case se != nil && hasAny(se, codesRefused):
		return model.Wrap(cause, model.CodeUnavailable, "数据库拒绝访问，请联系管理员检查数据库账号和权限。")
	case se == nil, hasAny(se, codesUnavailable), mongo.IsTimeout(err), writeUnconfirmed(err), transient(se):
		// Without a server's answer it is the network, a time-out or a closed client.
		return &model.Error{Code: model.CodeUnavailable, Detail: "数据库暂时不可用，请稍后重试。",
			RetryAfter: time.Second, Err: cause}
	}
	return model.Wrap(cause, model.CodeInternal, "数据库无法处理该请求，请联系管理员。")
}

func strip(se mongo.ServerError) *serverError {
	kept := &serverError{codes: slices.Clone(se.ErrorCodes())}
	var ce mongo.CommandError
	if errors.As(se, &ce) {
		kept.name = ce.Name
	}
	for _, l := range knownLabels {
		if se.HasErrorLabel(l) {
			kept.labels = append(kept.labels, l)
		}
	}
	return kept
}

func hasAny(se mongo.ServerError, codes []int) bool {
	return slices.ContainsFunc(se.ErrorCodes(), func(c int) bool { return slices.Contains(codes, c) })
}

func transient(se mongo.ServerError) bool {
	return se.HasErrorLabel("TransientTransactionError") || se.HasErrorLabel("UnknownTransactionCommitResult") ||
		se.HasErrorLabel("RetryableWriteError")
}

// writeUnconfirmed reports a write that the primary did but no majority confirmed.
func writeUnconfirmed(err error) bool {
	var we mongo.WriteException
	if errors.As(err, &we) {
		return we.WriteConcernError != nil
	}
	var be mongo.BulkWriteException
	return errors.As(err, &be) && be.WriteConcernError != nil
}
