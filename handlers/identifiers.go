package handlers

import (
	"errors"
	"strings"

	"xinyi/api"
	"xinyi/model"
)

// wireRecordID writes a record id so that it fits into one path segment.
func wireRecordID(id model.RecordID) string { return strings.Replace(string(id), "/", ".", 1) }

// parseRecordID is the way back.
func parseRecordID(text string) model.RecordID {
	return model.RecordID(strings.Replace(text, ".", "/", 1))
}

func wireRecordIDs(ids []model.RecordID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = wireRecordID(id)
	}
	return out
}

// badIdentifier turns a model.IdentifierError into a fault at pointer; other errors stay.
func badIdentifier(pointer string, err error) error {
	var e *model.IdentifierError
	if !errors.As(err, &e) {
		return err
	}
	detail := e.Detail
	if meant := e.Suggestion.Reveal(); meant != "" {
		detail += "是否想输入：" + meant + "？"
	}
	return model.Invalid(pointer, e.Rule, detail)
}

// unknownCode explains a code that was not found and cannot be right: the reason is
// worth more than a 404. Codes that are wrong in the register itself are found.
func unknownCode(err error, pointer, code string) error {
	if !model.Is(err, model.CodeNotFound) || len(code) != 18 {
		return err
	}
	if _, wrong := model.ParseUnifiedSocialCreditCode(code); wrong != nil {
		return badIdentifier(pointer, wrong)
	}
	return err
}

// subjectOf reads who is asked about: an organisation by code, or a person by name and
// number together. The number comes back normalised.
func subjectOf(s api.SubjectRef, today model.Date) (uscc, name, idNo string, err error) {
	switch {
	case s.USCC != "" && s.Name == "" && s.IDNo == "":
		return s.USCC, "", "", nil
	case s.USCC == "" && s.Name != "" && s.IDNo != "":
		id, err := model.ParseCitizenID(s.IDNo, today)
		if err != nil {
			return "", "", "", badIdentifier("/subject/idNo", err)
		}
		return "", s.Name, id.Reveal(), nil
	default:
		return "", "", "", model.Invalid("/subject", "one_of", "企业只写 uscc，自然人写 name 和 idNo。")
	}
}
