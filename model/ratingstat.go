package model

// RatingStat is a published distribution of grades in one sector (评价结果分布).
type RatingStat struct {
	// ID is sector/scope/period/subject label.
	ID     string `bson:"_id"`
	Sector string `bson:"sector"`
	// Scope is district:CODE, city:CODE or county:CODE.
	Scope        string `bson:"scope"`
	Period       string `bson:"period"`
	SubjectLabel string `bson:"subjectLabel"`
	// Total is the number rated; 0 = not published. Grades may sum to less (unknown rest).
	Total  int          `bson:"total,omitempty"`
	Grades []GradeCount `bson:"grades,omitempty"`
	Source string       `bson:"source,omitempty"`
}

// GradeCount is how many have one grade.
type GradeCount struct {
	Grade string `bson:"grade"`
	Count int    `bson:"count"`
}
