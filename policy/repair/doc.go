// Package repair answers two questions about an adverse record (失信信息): when does its
// display end by itself, and from when may it be repaired (信用修复).
//
// The rules changed in 2019, 2023 and 2026; they are versions in data (rules/*.yaml), not
// constants. Severity comes with the record, from the deciding authority's table. What a
// new version means for older records is the book's transition:
//
//	favourable  the first day on which any version in force by then lets the record go
//	            (domain §4.4 case 7; the transitional article was not read, so it is a switch)
//	by_decision the version in force on the day of the decision
//
// Every answer is capped by 河南省社会信用条例 §19: disclosure for at most five years; a
// subject still on a serious list stays until removal.
package repair
