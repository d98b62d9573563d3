package model

import (
	"errors"
	"fmt"
	"time"
)

// Code says what went wrong, in lower_snake. The set is closed: each code has one
// HTTP status and one entry in the contract. Act on the code, never on the text.
type Code string

// The codes, in the order a request can meet them.
const (
	CodeMethodNotAllowed     Code = "method_not_allowed"
	CodeUnauthenticated      Code = "unauthenticated"
	CodeTokenExpired         Code = "token_expired"
	CodeInvalidCredentials   Code = "invalid_credentials"
	CodeLockedOut            Code = "locked_out"
	CodeForbidden            Code = "forbidden"
	CodeRateLimited          Code = "rate_limited"
	CodeInvalidRequest       Code = "invalid_request"
	CodeInvalidCursor        Code = "invalid_cursor"
	CodePayloadTooLarge      Code = "payload_too_large"
	CodeUnsupportedMediaType Code = "unsupported_media_type"
	CodeNotAcceptable        Code = "not_acceptable"

	CodeIdempotencyKeyRequired Code = "idempotency_key_required"
	CodeIdempotencyKeyReused   Code = "idempotency_key_reused"
	CodeRequestInFlight        Code = "request_in_flight"
	CodePreconditionRequired   Code = "precondition_required"
	CodePreconditionFailed     Code = "precondition_failed"

	// CodeNotFound: no such thing, or not yours to know about.
	CodeNotFound Code = "not_found"
	// CodeExists: an insert met a document with the same id.
	CodeExists Code = "already_exists"
	// CodeConflict: the document changed since it was read (revision).
	CodeConflict Code = "conflict"

	CodeNotVerified      Code = "identity_not_verified"
	CodeIdentityMismatch Code = "identity_mismatch"
	CodeIdentityBound    Code = "identity_already_bound"
	CodeNotLegalRep      Code = "not_legal_representative"
	CodePurposeRefused   Code = "purpose_not_allowed"
	CodeConsentRequired  Code = "consent_required"

	CodeNotEligible    Code = "not_eligible"
	CodePassInvalid    Code = "pass_invalid"
	CodePassExpired    Code = "pass_expired"
	CodePassUsed       Code = "pass_already_used"
	CodePassWrongSite  Code = "pass_wrong_site"
	CodeCapReached     Code = "cap_reached"
	CodeBudgetReached  Code = "budget_exhausted"
	CodeOutsideCatalog Code = "outside_catalogue"

	// CodeNoLegalBasis: no law, State Council document or table row in force carries it.
	CodeNoLegalBasis Code = "no_legal_basis"
	// CodeSecondPerson: who wrote it cannot be who approves it.
	CodeSecondPerson Code = "second_person_required"
	// CodeNotReady: the state or a precondition does not allow it now; Fields name each.
	CodeNotReady Code = "not_ready"

	// CodeCalendarMissing: a deadline needs a year whose working days are not loaded.
	CodeCalendarMissing  Code = "calendar_missing"
	CodeUpstream         Code = "upstream_unavailable"
	CodeAuditUnavailable Code = "audit_unavailable"
	CodeUnavailable      Code = "unavailable"
	CodeInternal         Code = "internal"
)

// Codes lists every code once, in the order above.
func Codes() []Code {
	return []Code{
		CodeMethodNotAllowed, CodeUnauthenticated, CodeTokenExpired, CodeInvalidCredentials, CodeLockedOut,
		CodeForbidden, CodeRateLimited, CodeInvalidRequest, CodeInvalidCursor, CodePayloadTooLarge,
		CodeUnsupportedMediaType, CodeNotAcceptable,
		CodeIdempotencyKeyRequired, CodeIdempotencyKeyReused, CodeRequestInFlight,
		CodePreconditionRequired, CodePreconditionFailed,
		CodeNotFound, CodeExists, CodeConflict,
		CodeNotVerified, CodeIdentityMismatch, CodeIdentityBound, CodeNotLegalRep, CodePurposeRefused, CodeConsentRequired,
		CodeNotEligible, CodePassInvalid, CodePassExpired, CodePassUsed, CodePassWrongSite, CodeCapReached,
		CodeBudgetReached, CodeOutsideCatalog, CodeNoLegalBasis, CodeSecondPerson, CodeNotReady,
		CodeCalendarMissing, CodeUpstream, CodeAuditUnavailable, CodeUnavailable, CodeInternal,
	}
}

// Error is the one error type that crosses rooms.
//
// Detail is a sentence for the caller (Chinese, says what to do next) and never
// contains personal data. Err is the cause, for logs only: Error() does not show it
// to callers, Unwrap keeps it.
type Error struct {
	Code   Code
	Detail string
	// Fields names what is wrong in the request, without the offending values.
	Fields []FieldError
	// RetryAfter, when positive, tells the caller when a retry makes sense.
	RetryAfter time.Duration
	Err        error
}

// FieldError is one fault in the request.
type FieldError struct {
	// Pointer is a JSON pointer into the body ("/subject/uscc"), or "?name" for a
	// query parameter, "{name}" for a path parameter, "Name:" for a header.
	Pointer string
	// Code is the rule that was broken, lower_snake, such as "check_character".
	Code string
	// Detail says the rule in words.
	Detail string
}

// Error gives code and detail; the cause stays inside.
func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Detail
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error. A %w in the format keeps the cause for Unwrap.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Detail: err.Error(), Err: errors.Unwrap(err)}
}

// Wrap gives err a code and a public detail; err stays the cause. Wrap(nil) is nil.
func Wrap(err error, code Code, detail string) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Detail: detail, Err: err}
}

// CodeOf gives the code of err: "" for nil, CodeInternal for a foreign error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	e, ok := err.(*Error) //nolint:errorlint // most are bare, and a search of the chain costs ten times as much
	if ok || errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Is reports whether err carries code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Invalid is a CodeInvalidRequest error about one field.
func Invalid(pointer, rule, detail string) *Error {
	return &Error{Code: CodeInvalidRequest, Detail: "请求内容有误，请按 errors 中的说明修改后重试。",
		Fields: []FieldError{{Pointer: pointer, Code: rule, Detail: detail}}}
}
