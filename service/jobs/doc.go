// Package jobs makes time work by itself: named jobs (定时任务) that become due, run by one
// of any number of processes, and go on where a runner that died has left them.
//
//	tick ─► states (one read) ─► due? ─► lease ─► begin ─► Work ─► end
//	                                               │        │ Turn.Save: change + position in one batch
//	                                               └ every write of the state is a compare-and-swap
//
// The lease keeps others from working for nothing; what makes an occurrence happen once is
// the revision of the state, which stands in the batch of each change. A runner that was
// given up for dead and comes back cannot write: another has taken the revision.
//
// No answer waits for a job. Look-ups judge the day themselves and are right at 00:00:00;
// a job only writes down what is true already, so that lists, statistics and archives are
// as fresh as look-ups. A job that does not run is seen (xinyi_job_*), not felt.
//
// runner.go runs them, schedule.go says when; ageing.go has display ends, archive and
// retention, redemptions.go and calendar.go the others.
package jobs
