// Package compliance is the check of a row before it becomes a record (合规校验, E01–E16).
//
//	book.go      severities, fields and thresholds as data
//	check.go     the checks across the cells of an act
//	amount.go    fines: presence, unit, agreement with the text (E09, E10)
//	personal.go  identity and telephone numbers in text (E11)
//
// What can only be seen while a cell is read (E02, E03, E05, the enumerations of E07) or
// against the store (E04, E08) is found by the importer, which asks here how severe it is.
// Everything is pure. A finding names cell, check and rule, never the value.
package compliance
