package apitest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"xinyi/api"
)

// WireTypes lists one zero value of every wire type.
func WireTypes() []any {
	return []any{
		api.FieldError{}, api.Problem{}, api.OAuthError{},
		api.WeChatSignIn{}, api.StaffSignIn{}, api.RefreshRequest{}, api.LogoutRequest{}, api.SignedInUser{}, api.TokenPair{},
		api.TokenRequest{}, api.TokenAnswer{}, api.JWK{}, api.JWKS{}, api.OAuthMetadata{}, api.Me{}, api.IdentityRequest{},
		api.EnterpriseBinding{}, api.EnterpriseBindings{}, api.EnterpriseBindingRequest{},
		api.MatchSpan{}, api.EnterpriseHit{}, api.EnterpriseHits{}, api.Registration{}, api.SectionCounts{}, api.Rating{},
		api.ListMembership{}, api.EnterpriseFile{},
		api.Remedy{}, api.PublicRecord{}, api.PublicRecords{}, api.OwnRecord{}, api.OwnRecords{}, api.StoredRecord{},
		api.PersonalItem{}, api.OwnCredit{}, api.GradeItem{}, api.Negative{}, api.EnterpriseCredit{}, api.SubjectRef{},
		api.CreditQuery{}, api.PersonAnswer{}, api.CreditAnswer{}, api.AccessLogEntry{}, api.AccessLog{},
		api.ConsentGrant{}, api.Consent{}, api.Consents{},
		api.ListEntry{}, api.ListEntries{}, api.Sector{}, api.Sectors{}, api.GradeCount{}, api.Distribution{}, api.Distributions{},
		api.Catalogue{}, api.CatalogueEdition{}, api.CatalogueClass{}, api.CatalogueItem{}, api.RetentionTerm{}, api.NeverCollected{},
		api.BenefitPartner{}, api.BenefitWindow{}, api.BenefitParameter{}, api.BenefitCondition{}, api.BenefitRule{}, api.BenefitRuleCheck{}, api.BenefitRuleDraft{},
		api.BenefitRuleVersion{}, api.BenefitRuleChange{}, api.ToQualify{}, api.QualifyStep{}, api.BenefitOffer{}, api.BenefitRuleHistory{}, api.BenefitBudgetUse{}, api.BenefitBudgetSpanUse{}, api.BenefitRules{}, api.SimulationCounts{}, api.SimulationCell{}, api.BenefitSimulation{},
		api.BenefitCaps{}, api.BenefitValue{}, api.ConditionText{}, api.Benefit{}, api.Benefits{}, api.Reason{}, api.MyBenefit{}, api.MyBenefits{},
		api.PassRequest{}, api.Pass{}, api.GateScan{}, api.GateCheck{}, api.Redemption{}, api.SiteRedemption{}, api.SiteTotals{},
		api.GateBundle{}, api.BundleSignature{}, api.OfflineUse{}, api.OfflineUses{}, api.UploadedUse{}, api.UploadedUses{}, api.UploadedTotals{}, api.ReversalRequest{}, api.Reversal{},
		api.Settlement{}, api.SettlementLine{}, api.SettlementSums{}, api.Consent{}, api.ConsentGrant{}, api.Consents{},
		api.SiteRedemptions{},
		api.SubmissionRow{}, api.RowDetail{}, api.RecordDetail{}, api.SubmissionRequest{}, api.Submission{}, api.Submissions{}, api.RetractionRequest{}, api.Retraction{}, api.RetractionNotice{}, api.RetractionNotices{},
		api.Material{}, api.ApprovalItem{}, api.ApprovalItems{}, api.ApprovalCheckRequest{}, api.Blocker{}, api.ApprovalPlan{},
		api.ApprovalAcceptance{}, api.CasePaper{}, api.ApprovalCase{}, api.ApprovalCases{}, api.PromiseBreach{}, api.ApprovalUpdate{},
		api.Message{}, api.Messages{}, api.MessageContact{}, api.MessageContactRequest{}, api.OutboxMessage{}, api.OutboxMessages{},
		api.Commitment{}, api.Commitments{}, api.CommitmentFinding{}, api.CommitmentSigning{}, api.CommitmentType{}, api.CommitmentLetter{},
		api.CommitmentLetters{}, api.CommitmentStat{}, api.CommitmentStats{},
		api.WhitelistAnswer{}, api.WhitelistChecks{}, api.WhitelistItem{}, api.ItemError{}, api.WhitelistCheckAnswer{},
		api.Evidence{}, api.PriorNotice{}, api.ListingObjection{}, api.ResponsiblePerson{}, api.MaskedPerson{}, api.ListingDraft{}, api.ListingCondition{},
		api.Listing{}, api.ListingSummary{}, api.Listings{}, api.ListingRemoval{}, api.RemovalNotice{}, api.RemovalNotices{}, api.Measure{}, api.Measures{},
		api.WorkItem{}, api.Worklist{}, api.JointInitiation{}, api.JointTask{}, api.JointAction{}, api.JointTasks{}, api.JointResponse{}, api.JointFeedback{},
		api.MeasureCount{}, api.JointStat{}, api.JointStats{}, api.SupervisionSuggestion{},
		api.SectorMeasure{}, api.GradeDisplay{}, api.SectorChange{}, api.SectorDraft{}, api.RatingEntry{}, api.RatingBatch{}, api.RatingOutcome{},
		api.RatingBatchAnswer{},
		api.QualityFigure{}, api.QualityUnit{}, api.QualityTable{}, api.QualityRecord{}, api.QualityRecords{}, api.QualitySubmission{}, api.QualitySubmissions{}, api.QualityRefusal{}, api.QualityRefusals{}, api.QualityNumber{},
		api.QualityNumbers{}, api.QualityEntry{},
		api.AuditEntry{}, api.AuditEntries{}, api.OriginCheckpoint{}, api.AuditCheckpoint{}, api.AuditProof{}, api.Health{}, api.ReadyCheck{}, api.Readiness{},
	}
}

// CompareTypes lists every difference between types and schemas: a schema without a
// type or a type without a schema, properties, what may be left out, what may be null.
// Type and schema have one name, capitals aside.
func CompareTypes(doc *openapi3.T, types []any) []string {
	var faults []string
	byName := map[string]reflect.Type{}
	for _, value := range types {
		t := reflect.TypeOf(value)
		byName[strings.ToLower(t.Name())] = t
	}
	for name, ref := range doc.Components.Schemas {
		if !ref.Value.Type.Is("object") {
			continue
		}
		t, ok := byName[strings.ToLower(name)]
		if !ok {
			faults = append(faults, name+": no wire type")
			continue
		}
		delete(byName, strings.ToLower(name))
		faults = append(faults, compareType(name, t, ref.Value)...)
	}
	for name := range byName {
		faults = append(faults, name+": no schema")
	}
	slices.Sort(faults)
	return faults
}

func compareType(name string, t reflect.Type, s *openapi3.Schema) []string {
	var faults []string
	seen := map[string]bool{}
	for _, field := range reflect.VisibleFields(t) {
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == "" || tag == "-" {
			faults = append(faults, fmt.Sprintf("%s.%s: no json name", name, field.Name))
			continue
		}
		seen[tag] = true
		property, ok := s.Properties[tag]
		if !ok {
			faults = append(faults, fmt.Sprintf("%s.%s: not in the schema", name, tag))
			continue
		}
		faults = append(faults, compareField(name+"."+tag, field.Type, options, property, slices.Contains(s.Required, tag))...)
	}
	for property := range s.Properties {
		if !seen[property] {
			faults = append(faults, fmt.Sprintf("%s.%s: not in the type", name, property))
		}
	}
	return faults
}

func compareField(at string, t reflect.Type, options string, ref *openapi3.SchemaRef, required bool) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	if ref.Ref == "" && len(ref.Value.AllOf) == 1 {
		ref = ref.Value.AllOf[0]
	}
	optional := strings.Contains(options, "omitempty")
	if optional == required {
		fault("required is %v and omitempty is %v", required, optional)
	}
	pointer := t.Kind() == reflect.Pointer
	if pointer {
		t = t.Elem()
	}
	if nullable := pointer && !optional; nullable != ref.Value.Nullable {
		fault("nullable is %v in the schema and %v in the type", ref.Value.Nullable, nullable)
	}
	if t.Kind() == reflect.Struct && optional && !pointer {
		fault("an optional object is a pointer")
	}
	kinds := map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int64: "integer",
		reflect.Slice: "array", reflect.Struct: "object"}
	if want := kinds[t.Kind()]; want == "" || !ref.Value.Type.Is(want) {
		fault("is %s in the type and %v in the schema", t, ref.Value.Type.Slice())
		return faults
	}
	if t.Kind() == reflect.Slice {
		t, ref = t.Elem(), ref.Value.Items
	}
	if t.Kind() == reflect.Struct && !strings.EqualFold(t.Name(), ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]) {
		fault("is %s in the type and %s in the schema", t.Name(), ref.Ref)
	}
	return faults
}
