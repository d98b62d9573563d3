// Package form says what departments fill in (报送表单): for each kind of record the
// fields with the names people know, their national codes, values and rules.
//
// Forms are data (rules/*.yaml, dated and hashed). Templates are made from them, and what
// comes back is read by them: a header may be the label, the national code or the column's
// key, a value its label or its id, a date any way people write one, an amount in 万元.
// Whether a row is right is not decided here.
package form
