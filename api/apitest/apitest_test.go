package apitest_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"xinyi/api/apitest"
	"xinyi/model"
)

func TestTypesEqualSchemas(t *testing.T) {
	recorder, err := apitest.NewRecorder()
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range apitest.CompareTypes(recorder.Doc, apitest.WireTypes()) {
		t.Error(fault)
	}
}

// A harness that finds nothing proves nothing.
func TestCompareTypes_findsDifferences(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{
		"Thing":{"type":"object","required":["a","b"],"properties":{"a":{"type":"string"},"b":{"type":"string","nullable":true},"c":{"type":"integer"},"d":{"type":"string"}}},
		"Lost":{"type":"object","properties":{}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	type Thing struct {
		A string `json:"a,omitempty"`
		B string `json:"b"`
		C string `json:"c,omitempty"`
		E string `json:"e"`
	}
	type Extra struct{}
	faults := apitest.CompareTypes(doc, []any{Thing{}, Extra{}})
	if len(faults) != 7 {
		t.Errorf("want 7 differences (omitempty, nullable, kind, two properties, two names), got %d: %q", len(faults), faults)
	}
}

func TestProblemCodesEqualModel(t *testing.T) {
	recorder, err := apitest.NewRecorder()
	if err != nil {
		t.Fatal(err)
	}
	enum := recorder.Doc.Components.Schemas["ProblemCode"].Value.Enum
	codes := model.Codes()
	if len(enum) != len(codes) {
		t.Fatalf("the contract lists %d codes, model %d", len(enum), len(codes))
	}
	for i, code := range codes {
		if enum[i] != string(code) {
			t.Errorf("code %d: contract %v, model %s", i, enum[i], code)
		}
	}
}
