// Package approval plans how an approval case may start (信易批): at once (信即办), on a
// promise (告知承诺), with a paper to follow (容缺受理), or the normal way.
//
// Items are data (rules/*.yaml, one file per item, dated and hashed). A plan is a pure
// function of the item, what is known of the applicant, the papers that are missing and a
// day. It takes the quickest mode that the item offers and nothing speaks against, and
// says of every quicker one it did not take why and what helps. The normal way is always
// open. Adverse facts that are disputed (异议中) never refuse anything by themselves: the
// clerk gets manual_review, and looks.
package approval
