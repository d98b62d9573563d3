// Package submission takes in what departments report (报送) and takes back what they
// withdraw (撤回).
//
//	file → handed over in sealed parts, which every process can read → queued →
//	Runner (runner.go): whoever gets the lease puts the file together under no name, reads
//	it by its form (policy/form) and has it imported (service/ingest) under the
//	submission's number → counts, faults by cell
//
// The import resumes after its last batch and is fenced by the revision of its job, so that
// a submission survives the process that runs it and happens once whoever runs it. A
// department sees and reports its own unit's only.
package submission
