// Package sector holds the rating schemes of the sectors (行业信用分级分类评价): who is rated,
// by which document, on which scale, and what follows from a grade.
//
// Schemes are data (rules/*.yaml). Where the documents give no scale it is null, never
// invented; grades are then kept as written. Grades of different schemes are never
// averaged; Display maps them to 优 / 良 / 中 / 差 / 未评 for reading side by side only.
//
// A published distribution (how many got which grade) is checked against its scheme: parts
// over the total are refused, an unknown remainder is kept as such.
package sector
