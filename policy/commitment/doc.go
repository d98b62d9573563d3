// Package commitment says what a credit promise (信用承诺) is: the field template of the
// national data standard, the six types, numbering, publication classes and the letters that
// people sign, as dated data (rules/*.yaml), and how a promise goes from signed to fulfilled or
// broken. It decides and does no I/O.
package commitment
