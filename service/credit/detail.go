package credit

import (
	"encoding/json"

	"xinyi/model"
	"xinyi/policy/form"
)

// Detail is a field of a record that only its form knows, as people read it.
type Detail struct {
	Key, Label, Value string
}

// Forms name the fields of records, as they are published now.
type Forms interface {
	// Of gives the form of a kind: CodeNotFound where there is none.
	Of(kind model.RecordKind) (*form.Form, error)
	// Version names them.
	Version() string
}

// opened gives a record with its texts in clear.
func (s *Service) opened(r *model.Record) (QueriedRecord, error) {
	out := QueriedRecord{Record: r, Content: r.Content}
	details := r.Details
	if len(r.SealedContent) > 0 {
		plain, err := s.Sealer.Open(model.SealRecord, string(r.ID), r.SealedContent)
		if err != nil {
			return out, sealedRecord(err)
		}
		out.Content = string(plain)
	}
	if len(r.SealedDetails) > 0 {
		plain, err := s.Sealer.Open(model.SealDetails, string(r.ID), r.SealedDetails)
		if err == nil {
			err = json.Unmarshal(plain, &details)
		}
		if err != nil {
			return out, sealedRecord(err)
		}
	}
	out.Details = s.named(r.Kind, details, false)
	return out, nil
}

func sealedRecord(err error) error {
	return model.Wrap(err, model.CodeInternal, "记录暂时无法解密，请稍后重试或联系信用办。")
}

// PublicDetails gives those details of an organisation's public record that the form does
// not keep from the public.
func (s *Service) PublicDetails(r *model.Record) []Detail { return s.named(r.Kind, r.Details, true) }

// named words details as the form of today does. What it no longer names is not the
// public's; others see it under its key.
func (s *Service) named(kind model.RecordKind, details []model.Detail, public bool) (out []Detail) {
	if len(details) == 0 {
		return nil
	}
	f, err := s.Forms.Of(kind)
	for _, d := range details {
		var field *form.Field
		if err == nil {
			field, _ = f.Detail(d.Key)
		}
		switch {
		case field == nil && !public:
			out = append(out, Detail{d.Key, d.Key, d.Value})
		case field != nil && !(public && field.Internal):
			out = append(out, Detail{d.Key, field.Label, field.Show(d.Value)})
		}
	}
	return out
}
